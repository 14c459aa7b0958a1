import type { BuilderId, BuildId, Stage } from '@buildsrs/common';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';

/** A lease that was renewed; `expiresInMs` from now, as clocks differ. */
export interface RenewedLease {
  readonly build: BuildId;
  readonly expiresInMs: number;
}

/**
 * Renews the leases a builder holds. What is missing in the answer is lost: its build ended or was given up. A lease
 * counts until the reaper gives it up, so a heartbeat that is a little late still saves the work.
 */
export async function renewLeases(
  db: Queryable,
  renewal: {
    readonly builderId: BuilderId;
    readonly builds: readonly BuildId[];
    readonly leaseMs: number;
  },
): Promise<RenewedLease[]> {
  if (renewal.builds.length === 0) return [];
  const rows = await db
    .updateTable('builds')
    .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${renewal.leaseMs / 1_000})` })
    .where('id', 'in', renewal.builds)
    .where('builderId', '=', renewal.builderId)
    .where('outcome', 'is', null)
    .returning('id')
    .execute();
  return rows.map((row) => ({ build: row.id, expiresInMs: renewal.leaseMs }));
}

/**
 * Ends every lease a builder holds, as it is known to have died: the reaper then gives up its builds at once instead of
 * when their time is over. Gives how many there were.
 */
export async function expireLeases(db: Queryable, builderId: BuilderId): Promise<number> {
  const result = await db
    .updateTable('builds')
    .set({ leaseExpiresAt: sql`now()` })
    .where('builderId', '=', builderId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** The builder accepted: the task is `building`. `false` when the build is no longer its own. */
export async function beginBuild(
  db: Queryable,
  begin: { readonly build: BuildId; readonly builderId: BuilderId },
): Promise<boolean> {
  return await inTransaction(db, async (trx) => {
    const build = await trx
      .updateTable('builds')
      .set({ startedAt: sql`coalesce(started_at, now())` })
      .where('id', '=', begin.build)
      .where('builderId', '=', begin.builderId)
      .where('outcome', 'is', null)
      .returning('taskId')
      .executeTakeFirst();
    if (build === undefined) return false;
    await trx
      .updateTable('tasks')
      .set({ status: 'building', updatedAt: sql`now()` })
      .where('id', '=', build.taskId)
      .where('status', '=', 'scheduled')
      .execute();
    return true;
  });
}

/**
 * The builder does not want it, or it was cancelled before it began: the attempt does not count, and the task may be
 * claimed again after `delayMs`.
 */
export async function declineBuild(
  db: Queryable,
  decline: { readonly build: BuildId; readonly builderId: BuilderId; readonly delayMs?: number },
): Promise<boolean> {
  return await inTransaction(db, async (trx) => {
    const build = await trx
      .updateTable('builds')
      .set({ outcome: 'cancelled', endedAt: sql`now()` })
      .where('id', '=', decline.build)
      .where('builderId', '=', decline.builderId)
      .where('outcome', 'is', null)
      .returning('taskId')
      .executeTakeFirst();
    if (build === undefined) return false;
    await trx
      .updateTable('tasks')
      .set({
        status: 'pending',
        attempts: sql`attempts - 1`,
        notBefore: sql`now() + make_interval(secs => ${(decline.delayMs ?? 1_000) / 1_000})`,
        updatedAt: sql`now()`,
      })
      .where('id', '=', build.taskId)
      .execute();
    return true;
  });
}

/** Notes that a stage began. `false` when the build has ended. */
export async function setStage(
  db: Queryable,
  begun: { readonly build: BuildId; readonly builderId: BuilderId; readonly stage: Stage },
): Promise<boolean> {
  const now = sql`to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const result = await db
    .updateTable('builds')
    .set({
      stage: begun.stage,
      stages: sql`stages || jsonb_build_array(jsonb_build_object('stage', ${begun.stage}::text, 'startedAt', ${now}))`,
    })
    .where('id', '=', begun.build)
    .where('builderId', '=', begun.builderId)
    .where('outcome', 'is', null)
    .where((eb) => eb.or([eb('stage', 'is', null), eb('stage', '!=', begun.stage)]))
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return true;
  const build = await db
    .selectFrom('builds')
    .select('id')
    .where('id', '=', begun.build)
    .where('builderId', '=', begun.builderId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  return build !== undefined;
}
