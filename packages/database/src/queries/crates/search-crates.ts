import { canonicalCrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import * as v from 'valibot';
import { decodeCursor, pageOfRows, type Page, type PageRequest } from '../../page.ts';
import type { Queryable } from '../../queryable.ts';
import { CRATE_COLUMNS, type CrateRow } from './find-crates.ts';

const SearchCursor = v.strictTuple([v.number(), v.string()]);

/** `%` and `_` of what people type are letters, not patterns. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/**
 * Crates whose name contains the query: the exact name first, then names that begin with it, then the rest, each by
 * name. Every crate, by name, when the query is empty.
 */
export async function searchCrates(
  db: Queryable,
  search: PageRequest & { readonly query: string },
): Promise<Page<CrateRow>> {
  const query = canonicalCrateName(search.query.trim());
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
