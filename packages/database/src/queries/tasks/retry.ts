import { failure, type BuilderId, type Failure, type TaskId } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';

/** How often and how soon a task is tried again. */
export interface RetryPolicy {
  /** Builds a task may have before it is failed for good. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; doubles with each one, give or take a fifth. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Three attempts, after 10 s and 20 s: what is ours to mend is mostly a restart or a network that comes back. */
export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 3, firstDelayMs: 10_000, maxDelayMs: 600_000 };

/**
 * Puts tasks whose build did not succeed back in the queue, or fails them for good and with them what waits for them.
 * The caller has ended their builds in the same transaction.
 */
export async function retryOrFail(
  db: Queryable,
  tasks: readonly TaskId[],
  reason: Failure,
  policy: RetryPolicy,
  /** The attempt says nothing of the task: it does not count. */
  uncounted = false,
): Promise<{ readonly retried: TaskId[]; readonly failed: TaskId[] }> {
  if (tasks.length === 0) return { retried: [], failed: [] };
  const again = sql<boolean>`(${reason.retryable}::boolean and (${uncounted}::boolean or attempts < ${policy.maxAttempts}))`;
  const delaySecs = sql`least(${policy.maxDelayMs}::float8, ${policy.firstDelayMs}::float8 * 2 ^ (attempts - 1)) / 1000 * (0.8 + 0.4 * random())`;
  const rows = await db
    .updateTable('tasks')
    .set({
      status: sql`case when ${again} then 'pending' else 'failed' end`,
      notBefore: sql`case when ${again} then now() + make_interval(secs => ${delaySecs}) else not_before end`,
      failure: JSON.stringify(reason),
      ...(uncounted ? { attempts: sql<number>`attempts - 1` } : {}),
      // Whoever had it last, to whom the others are preferred.
      avoidBuilderId: sql<BuilderId>`(select builder_id from builds where builds.id = tasks.build_id)`,
      updatedAt: sql`now()`,
    })
    .where('id', 'in', tasks)
    .where('status', 'in', ['scheduled', 'building'])
    .returning(['id', 'status'])
    .execute();
  const failed = rows.filter((row) => row.status === 'failed').map((row) => row.id);
  for (const id of failed) await failDependents(db, id, reason);
  return { retried: rows.filter((row) => row.status === 'pending').map((row) => row.id), failed };
}

/** Fails everything that waits for a task, directly or not, with its failure; gives how many that were. */
export async function failDependents(db: Queryable, task: TaskId, reason: Failure): Promise<number> {
  const { rows } = await sql<{ id: TaskId }>`
    with recursive waiting (id) as (
      select task_id from task_edges where needs_task_id = ${task}
      union
      select task_edges.task_id from task_edges join waiting on task_edges.needs_task_id = waiting.id
    )
    update tasks set status = 'failed', failure = ${JSON.stringify(reason)}::jsonb, updated_at = now()
    where id in (select id from waiting) and status = 'blocked'
    returning id
  `.execute(db);
  return rows.length;
}

/** Makes pending what waited for this task alone; gives how many that were. */
export async function unblockDependents(db: Queryable, task: TaskId): Promise<number> {
  const { rows } = await sql<{ id: TaskId }>`
    update tasks set status = 'pending', not_before = now(), updated_at = now()
    where status = 'blocked'
      and id in (select task_id from task_edges where needs_task_id = ${task})
      and not exists (
        select from task_edges join tasks as needed on needed.id = task_edges.needs_task_id
        where task_edges.task_id = tasks.id and needed.status <> 'built'
      )
    returning id
  `.execute(db);
  return rows.length;
}

/** The failure of a build whose builder vanished. */
export const BUILDER_LOST: Failure = failure('builder-lost', 'The builder stopped answering while it built.');
