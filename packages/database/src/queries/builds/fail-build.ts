import { outcomeOf, type BuildId, type Failure } from '@buildsrs/common';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import { DEFAULT_SUSPENSION, noteFailure, type SuspensionPolicy } from '../builder-trust.ts';
import { DEFAULT_RETRY, retryOrFail, type RetryPolicy } from '../tasks/retry.ts';
import { fence, type RecordOutcome } from './complete-build.ts';

/**
 * Records that a build did not succeed. A retryable failure puts the task back in the queue after a while, unless this
 * was its last attempt; any other fails it, and what waits for it, for good. What is published stays published. Errors are also held
 * against the builder; those of one that is suspended are not held against the task.
 */
export async function failBuild(
  db: Queryable,
  report: { readonly build: BuildId; readonly token: string; readonly failure: Failure },
  policy: RetryPolicy = DEFAULT_RETRY,
  suspension: SuspensionPolicy = DEFAULT_SUSPENSION,
): Promise<RecordOutcome> {
  return await inTransaction(db, async (trx) => {
    const fenced = await fence(trx, report.build, report.token);
    if (typeof fenced === 'string') return fenced;
    await trx
      .updateTable('builds')
      .set({
        outcome: outcomeOf(report.failure.kind),
        failure: JSON.stringify(report.failure),
        endedAt: sql`now()`,
      })
      .where('id', '=', fenced.id)
      .execute();
    const { builderId } = fenced;
    const wasSuspended =
      builderId !== null && (await noteFailure(trx, builderId, report.failure, suspension));
    await retryOrFail(trx, [fenced.taskId], report.failure, policy, wasSuspended);
    return 'recorded';
  });
}
