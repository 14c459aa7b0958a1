import { sql } from 'kysely';
import type { Queryable } from '../queryable.ts';

/** Where crates come from. */
export interface RegistrySettings {
  /** As cargo writes it: `sparse+https://…/`. */
  readonly index: string;
  /** The `dl` template of the registry's `config.json`. */
  readonly dl: string;
  /** The registry's web API, where it has one. */
  readonly api: string | null;
}

/** Writes where crates come from. */
export async function setRegistry(
  db: Queryable,
  settings: { readonly index: string; readonly dl: string; readonly api?: string | null },
): Promise<void> {
  const values = { index: settings.index, dl: settings.dl, api: settings.api ?? null };
  await db
    .insertInto('registry')
    .values({ id: 1, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

/** Where crates come from; `undefined` before the first synchronisation. */
export async function getRegistry(db: Queryable): Promise<RegistrySettings | undefined> {
  return await db.selectFrom('registry').select(['index', 'dl', 'api']).executeTakeFirst();
}

/** How far the synchronisation of a source has come (an ETag, a commit); `undefined` when it has not begun. */
export async function getSyncCursor(db: Queryable, source: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('syncCursors')
    .select('cursor')
    .where('source', '=', source)
    .executeTakeFirst();
  return row?.cursor;
}

/** Notes how far it has come; in the transaction that writes what was read up to there. */
export async function setSyncCursor(db: Queryable, source: string, cursor: string): Promise<void> {
  await db
    .insertInto('syncCursors')
    .values({ source, cursor })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ cursor, updatedAt: sql`now()` }))
    .execute();
}
