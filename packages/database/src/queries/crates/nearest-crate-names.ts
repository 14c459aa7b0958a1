import { canonicalCrateName, type CrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';

/**
 * The names of crates we know that are most like a name nobody has, nearest first: by trigrams, which catch slips,
 * turned letters and missing words alike.
 */
export async function nearestCrateNames(db: Queryable, name: string, limit = 3): Promise<CrateName[]> {
  const canonical = canonicalCrateName(name);
  const { rows } = await sql<{ name: CrateName }>`
    select name
    from crates
    where canonical_name % ${canonical}
    order by similarity(canonical_name, ${canonical}) desc, name
    limit ${limit}
  `.execute(db);
  return rows.map((row) => row.name);
}
