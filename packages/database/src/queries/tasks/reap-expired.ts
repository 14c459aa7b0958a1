import type { BuilderId, BuildId, TaskId } from '@buildsrs/common';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import { BUILDER_LOST, DEFAULT_RETRY, retryOrFail, type RetryPolicy } from './retry.ts';

/** A build that was given up. */
export interface ReapedBuild {
  readonly build: BuildId;
  readonly task: TaskId;
  readonly builderId: BuilderId | null;
  /** What became of the task: tried again, or failed for good. */
  readonly status: 'pending' | 'failed';
}

/** Builds given up in one go: a bound on the transaction, not on the work; call again while it is reached. */
export const REAP_BATCH = 100;

/**
 * Gives up the builds whose lease has ended by the database's clock: their outcome is `lost`, their token is worth
 * nothing from now on, and their tasks are tried again after a while or, after the last attempt, failed. Any number of
 * reapers may run at once.
 */
export async function reapExpired(
  db: Queryable,
  policy: RetryPolicy = DEFAULT_RETRY,
): Promise<ReapedBuild[]> {
  return await inTransaction(db, async (trx) => {
    const lost = await trx
      .updateTable('builds')
      .set({ outcome: 'lost', endedAt: sql`now()`, failure: JSON.stringify(BUILDER_LOST) })
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('builds')
          .select('id')
          .where('outcome', 'is', null)
          .where('leaseExpiresAt', '<=', sql<Date>`now()`)
          .orderBy('leaseExpiresAt')
          .limit(REAP_BATCH)
          .forUpdate()
          .skipLocked(),
      )
      .returning(['id', 'taskId', 'builderId'])
      .execute();
    const { failed } = await retryOrFail(
      trx,
      lost.map((build) => build.taskId),
      BUILDER_LOST,
      policy,
    );
    return lost.map((build) => ({
      build: build.id,
      task: build.taskId,
      builderId: build.builderId,
      status: failed.includes(build.taskId) ? ('failed' as const) : ('pending' as const),
    }));
  });
}
