import { canonicalCrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import * as v from 'valibot';
import {
  CursorId,
  CursorInt,
  CursorMicros,
  decodeCursor,
  pageOfRows,
  type Page,
  type PageRequest,
} from '../../page.ts';
import type { Queryable } from '../../queryable.ts';
import { CRATE_COLUMNS, type CrateRow } from './find-crates.ts';

/** What a crate's canonical name is made of: a query with anything else in it is in none. */
const NAME_LETTERS = /^[a-z0-9_]*$/;

const SearchCursor = v.strictTuple([CursorInt, v.pipe(v.string(), v.maxLength(64), v.regex(NAME_LETTERS))]);

/** `%` and `_` of what people type are letters, not patterns. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/**
 * Crates whose name contains the query: the exact name first, then names that begin with it, then the rest, each by
 * name. Every crate, the most recently changed first, when the query is empty.
 */
export async function searchCrates(
  db: Queryable,
  search: PageRequest & { readonly query: string },
): Promise<Page<CrateRow>> {
  const query = canonicalCrateName(search.query.trim());
  if (query === '') return await listCrates(db, search);
  if (!NAME_LETTERS.test(query)) return { items: [], next: null };
  const after = decodeCursor(SearchCursor, search.cursor) ?? [-1, ''];
  const rank = sql`case
    when crates.canonical_name = ${query} then 0
    when crates.canonical_name like ${`${escapeLike(query)}%`} then 1
    else 2
  end`;
  const { rows } = await sql<CrateRow & { rank: number; canonicalName: string }>`
    select ${CRATE_COLUMNS}, found.rank, found.canonical_name
    from (
      select crates.id, ${rank} as rank, crates.canonical_name
      from crates
      where crates.canonical_name like ${`%${escapeLike(query)}%`}
        and (${rank}, crates.canonical_name) > (${after[0]}::int, ${after[1]}::text)
      order by 2, 3
      limit ${search.limit + 1}
    ) as found
    join crates on crates.id = found.id
    left join versions as latest on latest.id = crates.latest_version_id
    order by found.rank, found.canonical_name
  `.execute(db);
  return pageOfRows(rows, search.limit, (row) => [row.rank, row.canonicalName]);
}

const ListCursor = v.strictTuple([CursorMicros, CursorId]);

async function listCrates(db: Queryable, page: PageRequest): Promise<Page<CrateRow>> {
  const after = decodeCursor(ListCursor, page.cursor);
  const rest =
    after === undefined
      ? sql`true`
      : sql`(crates.updated_at, crates.id)
          < ('epoch'::timestamptz + ${after[0]}::bigint * interval '1 microsecond', ${after[1]}::bigint)`;
  const { rows } = await sql<CrateRow & { updatedAtMicros: number }>`
    select ${CRATE_COLUMNS}, (extract(epoch from crates.updated_at) * 1000000)::bigint as updated_at_micros
    from crates left join versions as latest on latest.id = crates.latest_version_id
    where ${rest}
    order by crates.updated_at desc, crates.id desc
    limit ${page.limit + 1}
  `.execute(db);
  return pageOfRows(rows, page.limit, (row) => [row.updatedAtMicros, row.id]);
}
