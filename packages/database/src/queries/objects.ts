import type { Digest } from '@buildsrs/common';
import { sql, type Selectable } from 'kysely';
import * as v from 'valibot';
import { decodeCursor, pageOfRows, type Page, type PageRequest } from '../page.ts';
import type { Queryable } from '../queryable.ts';
import type { ObjectsTable } from '../schema.ts';

/** An object as its row has it. */
export type ObjectRow = Selectable<ObjectsTable>;

const ObjectCursor = v.strictTuple([v.string()]);

/** Objects in the order of their digests: the walk that compares storage with its rows. */
export async function listObjects(db: Queryable, page: PageRequest): Promise<Page<ObjectRow>> {
  const after = decodeCursor(ObjectCursor, page.cursor);
  const rows = await db
    .selectFrom('objects')
    .selectAll()
    .$if(after !== undefined, (q) => q.where('sha256', '>', after?.[0] as Digest))
    .orderBy('sha256')
    .limit(page.limit + 1)
    .execute();
  return pageOfRows(rows, page.limit, (row) => [row.sha256]);
}

/** Which of these digests have a row: the others lie in storage for nothing. */
export async function findObjects(db: Queryable, digests: readonly Digest[]): Promise<Set<Digest>> {
  if (digests.length === 0) return new Set();
  const rows = await db
    .selectFrom('objects')
    .select('sha256')
    .where('sha256', 'in', digests)
    .where('state', '=', 'present')
    .execute();
  return new Set(rows.map((row) => row.sha256));
}

/**
 * Marks objects that nothing refers to any more, and that are older than `olderThanMs`, as `deleting`, and gives them:
 * their bytes may be deleted now, and then {@link forgetObject} takes the row away. An upload of the same bytes in
 * between makes them `present` again.
 */
export async function takeOrphans(
  db: Queryable,
  options: { readonly olderThanMs: number; readonly limit: number },
): Promise<Digest[]> {
  const { rows } = await sql<{ sha256: Digest }>`
    update objects set state = 'deleting'
    where sha256 in (
      select sha256 from objects
      where created_at <= now() - make_interval(secs => ${options.olderThanMs / 1_000})
        and not exists (select from artifacts where artifacts.sha256 = objects.sha256)
        and not exists (select from builds where builds.log_object = objects.sha256)
        and not exists (select from uploads where uploads.sha256 = objects.sha256)
      limit ${options.limit}
      for update skip locked
    )
    returning sha256
  `.execute(db);
  return rows.map((row) => row.sha256);
}

/** Takes away the row of an object whose bytes are deleted. `false` when it has come back since. */
export async function forgetObject(db: Queryable, digest: Digest): Promise<boolean> {
  const result = await db
    .deleteFrom('objects')
    .where('sha256', '=', digest)
    .where('state', '=', 'deleting')
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Notes that an object's bytes were read and match. */
export async function setObjectVerified(db: Queryable, digest: Digest): Promise<void> {
  await db
    .updateTable('objects')
    .set({ verifiedAt: sql`now()` })
    .where('sha256', '=', digest)
    .execute();
}
