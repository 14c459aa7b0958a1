import type { Database } from '@buildsrs/database';
import { sql, type Kysely } from 'kysely';

/** Which transaction wrote each row last: the same before and after means nothing was written. */
export async function rowVersions(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ row: string }>`
    select 'crate ' || id || ' ' || xmin as row from crates
    union all select 'version ' || id || ' ' || xmin from versions
    union all select 'task ' || id || ' ' || xmin from tasks
    union all select 'cursor ' || source || ' ' || xmin from sync_cursors
    union all select 'registry ' || id || ' ' || xmin from registry
    order by 1
  `.execute(db);
  return rows.map(({ row }) => row);
}
