import { GENERIC_TARGET, type Kind, type Target, type TaskId } from '@buildsrs/common';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import type { TaskOrigin } from '../../schema.ts';
import { addTargets } from '../targets.ts';
import { selectTasks, type TaskRow } from './task-row.ts';

/** A thing wanted. */
export interface TaskRequest {
  readonly versionId: number;
  readonly kind: Kind;
  /** `generic` for kinds that need none. */
  readonly target: Target;
  readonly variant?: string;
  /** Higher is sooner. 0 unless given. */
  readonly priority?: number;
  readonly origin: TaskOrigin;
  /** The least isolation level, 0 (any) to 3. */
  readonly isolationLevel?: number;
  /** The task that must be built before this one may begin. */
  readonly blockedOn?: TaskId;
  /** Build again what is built; what is published stays until the new build succeeds. */
  readonly rebuild?: boolean;
}

/**
 * Makes the task or finds it, and says how it stands.
 *
 * Asking again is harmless: the priority only rises, a `request` stays one, and what runs is left alone. A task that waits
 * to be tried again need not wait any longer when somebody asks for it. A failed task
 * begins anew when somebody asks for it (`origin: 'request'`), and stays failed when only the policy does.
 */
export async function requestTask(db: Queryable, request: TaskRequest): Promise<TaskRow> {
  return await inTransaction(db, async (trx) => {
    await addTargets(trx, [request.target]);
    const blocked = await isBlocked(trx, request.blockedOn);
    const { id } = await trx
      .insertInto('tasks')
      .values({
        versionId: request.versionId,
        kind: request.kind,
        target: request.target,
        variant: request.variant ?? 'default',
        status: blocked ? 'blocked' : 'pending',
        priority: request.priority ?? 0,
        origin: request.origin,
        isolationLevel: request.isolationLevel ?? 0,
      })
      .onConflict((conflict) =>
        conflict.columns(['versionId', 'kind', 'target', 'variant']).doUpdateSet((eb) => ({
          priority: sql<number>`greatest(tasks.priority, excluded.priority)`,
          origin: sql<TaskOrigin>`case when excluded.origin = 'request' then 'request' else tasks.origin end`,
          isolationLevel: eb.ref('excluded.isolationLevel'),
          notBefore: sql<Date>`case when excluded.origin = 'request' then least(tasks.not_before, now()) else tasks.not_before end`,
        })),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    await restart(trx, id, request, blocked);
    if (request.blockedOn !== undefined && blocked) {
      await trx
        .insertInto('taskEdges')
        .values({ taskId: id, needsTaskId: request.blockedOn })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    return await selectTasks(trx).where('tasks.id', '=', id).executeTakeFirstOrThrow();
  });
}

/**
 * Whether the task to wait for is still to be built. Its row is locked for the rest of the transaction, so that it
 * cannot become built between this look and the edge, which would leave the new task blocked for ever.
 */
async function isBlocked(trx: Queryable, blockedOn: TaskId | undefined): Promise<boolean> {
  if (blockedOn === undefined) return false;
  const needed = await trx
    .selectFrom('tasks')
    .select('status')
    .where('id', '=', blockedOn)
    .forShare()
    .executeTakeFirstOrThrow();
  return needed.status !== 'built';
}

async function restart(trx: Queryable, id: TaskId, request: TaskRequest, blocked: boolean): Promise<void> {
  const statuses = [
    ...(request.origin === 'request' ? (['failed'] as const) : []),
    ...(request.rebuild === true ? (['built'] as const) : []),
  ];
  if (statuses.length === 0) return;
  await trx
    .updateTable('tasks')
    .set({
      status: blocked ? 'blocked' : 'pending',
      attempts: 0,
      failure: null,
      notBefore: sql`now()`,
      updatedAt: sql`now()`,
    })
    .where('id', '=', id)
    .where('status', 'in', statuses)
    .execute();
}

/** The request for the facts of a version: kind `metadata`, target `generic`. */
export function metadataRequest(
  request: Pick<TaskRequest, 'versionId' | 'origin' | 'priority' | 'isolationLevel'>,
): TaskRequest {
  return { ...request, kind: 'metadata', target: GENERIC_TARGET as Target };
}
