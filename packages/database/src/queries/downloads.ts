import type { CrateName } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../queryable.ts';

/** Downloads of an artifact on a day (`YYYY-MM-DD`, UTC). */
export interface DownloadCount {
  readonly artifactId: number;
  readonly day: string;
  readonly count: number;
}

/** Adds to the counts, all in one statement; artifacts that are gone by now are left out. */
export async function addDownloads(db: Queryable, counts: readonly DownloadCount[]): Promise<void> {
  if (counts.length === 0) return;
  await sql`
    insert into artifact_downloads (artifact_id, day, count)
    select added.artifact_id, added.day, sum(added.count)
    from unnest(
      ${counts.map((entry) => entry.artifactId)}::bigint[],
      ${counts.map((entry) => entry.day)}::date[],
      ${counts.map((entry) => entry.count)}::bigint[]
    ) as added (artifact_id, day, count)
    join artifacts on artifacts.id = added.artifact_id
    group by added.artifact_id, added.day
    order by added.artifact_id, added.day
    on conflict (artifact_id, day) do update set count = artifact_downloads.count + excluded.count
  `.execute(db);
}

/** Downloads of a crate's artifacts by day, oldest first. */
export async function listDownloads(
  db: Queryable,
  crate: CrateName,
): Promise<{ readonly day: string; readonly count: number }[]> {
  return await db
    .selectFrom('artifactDownloads')
    .innerJoin('artifacts', 'artifacts.id', 'artifactDownloads.artifactId')
    .innerJoin('builds', 'builds.id', 'artifacts.buildId')
    .innerJoin('tasks', 'tasks.id', 'builds.taskId')
    .innerJoin('versions', 'versions.id', 'tasks.versionId')
    .innerJoin('crates', 'crates.id', 'versions.crateId')
    .where('crates.name', '=', crate)
    .groupBy('artifactDownloads.day')
    .orderBy('artifactDownloads.day')
    .select(['artifactDownloads.day', sql<number>`sum(artifact_downloads.count)::bigint`.as('count')])
    .execute();
}
