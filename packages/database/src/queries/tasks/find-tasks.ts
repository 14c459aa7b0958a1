import type { BuildId, CrateName, Kind, Target, TaskId, TaskStatus, Version } from '@buildsrs/common';
import { canonicalCrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import * as v from 'valibot';
import { CursorId, CursorInt, decodeCursor, pageOfRows, type Page, type PageRequest } from '../../page.ts';
import type { Queryable } from '../../queryable.ts';
import { selectTasks, type TaskRow } from './task-row.ts';

/** Which tasks. */
export interface TaskFilters {
  readonly status?: TaskStatus;
  readonly kind?: Kind;
  readonly target?: Target;
  readonly crate?: CrateName;
  /** Needs `crate`. */
  readonly version?: Version;
}

/** The task with this number. */
export async function findTask(db: Queryable, id: TaskId): Promise<TaskRow | undefined> {
  return await selectTasks(db).where('tasks.id', '=', id).executeTakeFirst();
}

/** The task of a build. */
export async function findTaskOfBuild(db: Queryable, build: BuildId): Promise<TaskRow | undefined> {
  return await selectTasks(db)
    .innerJoin('builds', 'builds.taskId', 'tasks.id')
    .where('builds.id', '=', build)
    .executeTakeFirst();
}

const TaskCursor = v.strictTuple([CursorId]);
const UrgencyCursor = v.strictTuple([CursorInt, CursorId]);

/** Tasks: the pending ones in the order in which they are taken, others newest first. */
export async function listTasks(
  db: Queryable,
  filters: TaskFilters,
  page: PageRequest,
): Promise<Page<TaskRow>> {
  const query = selectTasks(db)
    .$if(filters.status !== undefined, (q) => q.where('tasks.status', '=', filters.status as TaskStatus))
    .$if(filters.kind !== undefined, (q) => q.where('tasks.kind', '=', filters.kind as Kind))
    .$if(filters.target !== undefined, (q) => q.where('tasks.target', '=', filters.target as Target))
    .$if(filters.crate !== undefined, (q) =>
      q.where('crates.canonicalName', '=', canonicalCrateName(filters.crate as CrateName)),
    )
    .$if(filters.version !== undefined, (q) => q.where('versions.version', '=', filters.version as Version))
    .limit(page.limit + 1);
  if (filters.status === 'pending') {
    const [priority, id] = decodeCursor(UrgencyCursor, page.cursor) ?? [];
    const rows = await query
      .$if(id !== undefined, (q) =>
        q.where(sql<boolean>`(-tasks.priority, tasks.id) > (${-(priority as number)}::int, ${id}::bigint)`),
      )
      .orderBy('tasks.priority', 'desc')
      .orderBy('tasks.id')
      .execute();
    return pageOfRows(rows, page.limit, (row) => [row.priority, row.id]);
  }
  const [before] = decodeCursor(TaskCursor, page.cursor) ?? [];
  const rows = await query
    .$if(before !== undefined, (q) => q.where('tasks.id', '<', before as TaskId))
    .orderBy('tasks.id', 'desc')
    .execute();
  return pageOfRows(rows, page.limit, (row) => [row.id]);
}

/** All tasks of a version: a bounded number, kinds × targets × variants. */
export async function listTasksOfVersion(db: Queryable, versionId: number): Promise<TaskRow[]> {
  return await selectTasks(db).where('tasks.versionId', '=', versionId).orderBy('tasks.id').execute();
}

/** How the queue stands: tasks by status. */
export interface QueueStats extends Record<TaskStatus, number> {
  /** Since when the oldest pending task waits. */
  readonly oldestPendingAt: Date | null;
}

/** Counts the tasks by status. */
export async function queueStats(db: Queryable): Promise<QueueStats> {
  const { rows } = await sql<{ status: TaskStatus; count: number; oldest: Date }>`
    select status, count(*) as count, min(updated_at) as oldest from tasks group by status
  `.execute(db);
  const stats = { blocked: 0, pending: 0, scheduled: 0, building: 0, built: 0, failed: 0 };
  for (const row of rows) stats[row.status] = row.count;
  return { ...stats, oldestPendingAt: rows.find((row) => row.status === 'pending')?.oldest ?? null };
}

/** The place of a pending task among those for its target: 1 is next. `null` when it is not pending. */
export async function queuePosition(db: Queryable, id: TaskId): Promise<number | null> {
  const { rows } = await sql<{ position: number }>`
    select count(*) as position
    from tasks as mine
    join tasks as ahead
      on ahead.status = 'pending' and ahead.target = mine.target
      and (ahead.priority, -ahead.id) >= (mine.priority, -mine.id)
    where mine.id = ${id} and mine.status = 'pending'
  `.execute(db);
  const position = rows[0]?.position ?? 0;
  return position === 0 ? null : position;
}
