import { canonicalCrateName, type CrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';

/**
 * Makes a `metadata` task, by policy, for the newest stable version of each crate whose facts are neither known nor
 * asked for: whether a crate has programs, no index says. Gives how many tasks were made.
 */
export async function requestNewestFacts(db: Queryable, names: readonly CrateName[]): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into tasks (version_id, kind, target, status, origin)
    select latest.id, 'metadata', 'generic', 'pending', 'policy'
    from crates join versions as latest on latest.id = crates.latest_version_id
    where crates.canonical_name = any (${names.map(canonicalCrateName)})
      and latest.facts is null
      and split_part(latest.version, '+', 1) not like '%-%'
      and not exists (select from tasks where tasks.version_id = latest.id and tasks.kind = 'metadata')
    order by latest.id
    on conflict (version_id, kind, target, variant) do nothing
    returning id
  `.execute(db);
  return rows.length;
}
