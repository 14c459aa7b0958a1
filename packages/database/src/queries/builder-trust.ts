import { ISOLATIONS, isolationLevel, type BuilderId, type Failure, type FailureKind } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../queryable.ts';
import { isConnected } from './builders.ts';

/** When a builder is suspended, and for how long. */
export interface SuspensionPolicy {
  /** So many errors without anything better between them. */
  readonly errorsInRow: number;
  readonly durationMs: number;
}

export const DEFAULT_SUSPENSION: SuspensionPolicy = { errorsInRow: 5, durationMs: 5 * 60_000 };

/**
 * The failures that speak against the builder. `upload-error` does not: the storage it goes to is the backend's. Nor does
 * `builder-lost`: a crate may have done that.
 */
const SUSPICIOUS: ReadonlySet<FailureKind> = new Set([
  'executor-error',
  'fetch-error',
  'toolchain-missing',
  'unknown',
]);

/** Whether a builder, by the alias `other`, could be given work now. */
const isOtherAble = sql<boolean>`(${isConnected('other')} and other.paused_reason is null
  and (other.suspended_until is null or other.suspended_until <= now()))`;

/** Whether a builder is not suspended now. */
export const isTrusted = sql<boolean>`(suspended_until is null or suspended_until <= now())`;

const otherLevel = sql.join(
  ISOLATIONS.map((name) => sql`when ${sql.lit(name)} then ${sql.lit(isolationLevel(name))}`),
  sql` `,
);

/** Whether a builder other than this one could take the row of `tasks` that is looked at. */
export function couldAnotherTake(builderId: BuilderId) {
  return sql<boolean>`exists (
    select from builders as other
    where other.id <> ${builderId} and ${isOtherAble}
      and (tasks.target = any (other.targets) or tasks.target = 'generic')
      and tasks.kind = any (other.kinds)
      and tasks.isolation_level <= case other.isolation ${otherLevel} else 0 end
  )`;
}

/**
 * Takes note of how a build of a builder failed. Too many errors in a row suspend it, unless no other builder could go on
 * with its work: a queue that shows its errors is better than one that stands still. After a suspension one more error
 * is enough for the next.
 *
 * @returns whether it was suspended already: what it failed then says nothing of the task.
 */
export async function noteFailure(
  trx: Queryable,
  builderId: BuilderId,
  reason: Failure,
  policy: SuspensionPolicy = DEFAULT_SUSPENSION,
): Promise<boolean> {
  if (!SUSPICIOUS.has(reason.kind)) {
    await noteWorked(trx, builderId);
    return false;
  }
  const { rows } = await sql<{ suspended: boolean }>`
    with former as (
      select id, suspended_until is not null and suspended_until > now() as suspended,
        errors_in_row + 1 >= ${policy.errorsInRow} and exists (
          select from builders as other
          where other.id <> builders.id and ${isOtherAble} and other.targets && builders.targets
        ) as enough
      from builders where id = ${builderId}
      for no key update
    )
    update builders
    set errors_in_row = least(errors_in_row + 1, ${policy.errorsInRow - 1}),
        suspended_until = case when enough and not suspended
          then now() + make_interval(secs => ${policy.durationMs / 1_000}) else suspended_until end,
        suspended_reason = case when enough and not suspended
          then ${policy.errorsInRow}::text || ' builds in a row went wrong here; the last: ' || ${reason.message.slice(0, 300)}
          else suspended_reason end
    from former where builders.id = former.id
    returning former.suspended
  `.execute(trx);
  return rows[0]?.suspended === true;
}

/** A builder did what it is for: what went wrong before no longer counts. */
export async function noteWorked(db: Queryable, builderId: BuilderId): Promise<void> {
  await db
    .updateTable('builders')
    .set({ errorsInRow: 0 })
    .where('id', '=', builderId)
    .where('errorsInRow', '>', 0)
    .execute();
}

/** An operator's word that a builder is well: it is given work at once. */
export async function resumeBuilder(db: Queryable, id: BuilderId): Promise<void> {
  await db
    .updateTable('builders')
    .set({ suspendedUntil: null, suspendedReason: null, errorsInRow: 0 })
    .where('id', '=', id)
    .execute();
}

/** Notes why a builder that is connected takes no work for now; `undefined`: it does again. */
export async function setBuilderPaused(
  db: Queryable,
  id: BuilderId,
  reason: string | undefined,
): Promise<void> {
  await db
    .updateTable('builders')
    .set({ pausedReason: reason ?? null })
    .where('id', '=', id)
    .where((eb) => eb('pausedReason', 'is distinct from', reason ?? null))
    .execute();
}
