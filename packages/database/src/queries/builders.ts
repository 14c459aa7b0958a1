import type { BuilderId, ExecutorName, Fingerprint, Isolation, Kind, Target } from '@buildsrs/common';
import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../queryable.ts';
import type { BuildersTable } from '../schema.ts';
import { addTargets } from './targets.ts';

/** A builder as its row has it. */
export type BuilderRow = Selectable<BuildersTable>;

/** A builder with what it is doing. */
export interface BuilderStatus extends BuilderRow {
  /** Builds it holds a lease of. */
  readonly building: number;
  /** It is given nothing for now, until `suspendedUntil`. */
  readonly suspended: boolean;
}

/** What a builder said of itself in its hello. */
export interface BuilderCapabilities {
  readonly targets: readonly Target[];
  readonly kinds: readonly Kind[];
  readonly executor: ExecutorName;
  readonly isolation: Isolation;
  readonly slots: number;
  readonly software?: string;
}

/**
 * Admits a builder by its key. The same key again is the same builder, under its new name; another key under a name
 * that is taken is refused by the database (`builders_name_key`).
 */
export async function enrolBuilder(
  db: Queryable,
  builder: { readonly name: string; readonly publicKey: string; readonly fingerprint: Fingerprint },
): Promise<BuilderRow> {
  return await db
    .insertInto('builders')
    .values(builder)
    .onConflict((conflict) =>
      conflict.column('fingerprint').doUpdateSet({ name: builder.name, publicKey: builder.publicKey }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The builder with this key. */
export async function findBuilderByFingerprint(
  db: Queryable,
  fingerprint: Fingerprint,
): Promise<BuilderRow | undefined> {
  return await db
    .selectFrom('builders')
    .selectAll()
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
}

/** Notes that a builder has connected, with what it can do. */
export async function setBuilderConnected(
  db: Queryable,
  id: BuilderId,
  capabilities: BuilderCapabilities,
): Promise<void> {
  await addTargets(db, capabilities.targets);
  await db
    .updateTable('builders')
    .set({
      connected: true,
      targets: [...capabilities.targets],
      kinds: [...capabilities.kinds],
      executor: capabilities.executor,
      isolation: capabilities.isolation,
      slots: capabilities.slots,
      software: capabilities.software ?? null,
      pausedReason: null,
      lastSeenAt: sql`now()`,
    })
    .where('id', '=', id)
    .execute();
}

/** Notes that a builder has gone. */
export async function setBuilderDisconnected(db: Queryable, id: BuilderId): Promise<void> {
  await db.updateTable('builders').set({ connected: false }).where('id', '=', id).execute();
}

/** Notes that a builder was heard of just now. */
export async function touchBuilder(db: Queryable, id: BuilderId): Promise<void> {
  await db
    .updateTable('builders')
    .set({ lastSeenAt: sql`now()`, connected: true })
    .where('id', '=', id)
    .execute();
}

/** Admits or shuts out a builder; one that is shut out is given nothing from this moment on. */
export async function setBuilderEnabled(db: Queryable, id: BuilderId, enabled: boolean): Promise<boolean> {
  const result = await db.updateTable('builders').set({ enabled }).where('id', '=', id).executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** How long a builder may be silent. One that was not heard of for longer is not connected, whatever its row says: its backend may have died. */
const SILENT_SECS = 90;

/** All builders, by name. */
export async function listBuilders(db: Queryable): Promise<BuilderStatus[]> {
  return await db
    .selectFrom('builders')
    .selectAll()
    .select(isConnected().as('connected'))
    .select(sql<boolean>`(suspended_until is not null and suspended_until > now())`.as('suspended'))
    .select(
      sql<number>`(select count(*) from builds where builder_id = builders.id and outcome is null)`.as(
        'building',
      ),
    )
    .orderBy('name')
    .execute();
}

/** Whether a row of `builders`, by that name or an alias, is a builder that was heard of and is let in. */
export function isConnected(alias = 'builders') {
  const table = sql.ref(alias);
  return sql<boolean>`(${table}.connected and ${table}.enabled
    and ${table}.last_seen_at > now() - make_interval(secs => ${sql.lit(SILENT_SECS)}))`;
}

/** Whether a builder is connected that offers this target and kind; a request that nobody can serve is told so. */
export async function isTargetOffered(db: Queryable, target: Target, kind: Kind): Promise<boolean> {
  const row = await db
    .selectFrom('builders')
    .select('id')
    .where(isConnected())
    .where(sql<boolean>`${target} = any (targets) and ${kind} = any (kinds)`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
