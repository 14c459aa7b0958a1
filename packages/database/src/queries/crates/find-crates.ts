import {
  canonicalCrateName,
  compareVersions,
  type CrateFacts,
  type CrateName,
  type Digest,
  type Target,
  type TaskStatus,
  type Version,
} from '@buildsrs/common';
import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../../queryable.ts';
import type { VersionsTable } from '../../schema.ts';

/** A crate in a list. */
export interface CrateRow {
  readonly id: number;
  /** The crate's own spelling. */
  readonly name: CrateName;
  readonly latestVersionId: number | null;
  readonly latest: Version | null;
  readonly description: string | null;
  /** Targets the latest version is built for. */
  readonly targets: Target[];
  readonly downloads: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A version with its crate. */
export interface VersionRow extends Selectable<VersionsTable> {
  readonly crate: CrateName;
}

/** A version in the list of a crate's. */
export interface VersionSummary {
  readonly id: number;
  readonly version: Version;
  readonly checksum: Digest;
  readonly yanked: boolean;
  /** Targets it is built for. */
  readonly targets: Target[];
  /** Of its `binary` tasks: the furthest; `null` when there are none. */
  readonly status: TaskStatus | null;
}

/** The columns of a {@link CrateRow}, of `crates` left joined with its `latest` version. */
export const CRATE_COLUMNS = sql`
  crates.id, crates.name, crates.latest_version_id, crates.created_at, crates.updated_at,
  latest.version as latest,
  latest.facts ->> 'description' as description,
  array(
    select tasks.target from tasks
    where tasks.version_id = latest.id and tasks.kind = 'binary' and tasks.published_build_id is not null
    order by tasks.target
  ) as targets,
  (
    select coalesce(sum(artifact_downloads.count), 0)::bigint
    from versions
    join tasks on tasks.version_id = versions.id
    join builds on builds.task_id = tasks.id
    join artifacts on artifacts.build_id = builds.id
    join artifact_downloads on artifact_downloads.artifact_id = artifacts.id
    where versions.crate_id = crates.id
  ) as downloads
`;

/** The crate of this name, however it is spelled: case, `-` and `_` do not count. */
export async function findCrate(db: Queryable, name: CrateName): Promise<CrateRow | undefined> {
  const { rows } = await sql<CrateRow>`
    select ${CRATE_COLUMNS}
    from crates left join versions as latest on latest.id = crates.latest_version_id
    where crates.canonical_name = ${canonicalCrateName(name)}
  `.execute(db);
  return rows[0];
}

function selectVersions(db: Queryable) {
  return db
    .selectFrom('versions')
    .innerJoin('crates', 'crates.id', 'versions.crateId')
    .selectAll('versions')
    .select('crates.name as crate');
}

/** An exact version of a crate, yanked or not; `latest` is the one people mean by it. */
export async function findVersion(
  db: Queryable,
  name: CrateName,
  version: Version | 'latest',
): Promise<VersionRow | undefined> {
  return await selectVersions(db)
    .where('crates.canonicalName', '=', canonicalCrateName(name))
    .$if(version === 'latest', (q) => q.whereRef('versions.id', '=', 'crates.latestVersionId'))
    .$if(version !== 'latest', (q) => q.where('versions.version', '=', version as Version))
    .executeTakeFirst();
}

/** The version with this number. */
export async function findVersionById(db: Queryable, id: number): Promise<VersionRow | undefined> {
  return await selectVersions(db).where('versions.id', '=', id).executeTakeFirst();
}

/** All versions of a crate, newest first by cargo's order. */
export async function listVersions(db: Queryable, name: CrateName): Promise<VersionSummary[]> {
  const { rows } = await sql<VersionSummary>`
    select versions.id, versions.version, versions.checksum, versions.yanked,
      coalesce(
        array_agg(tasks.target order by tasks.target) filter (where tasks.published_build_id is not null), '{}'
      ) as targets,
      case
        when bool_or(tasks.published_build_id is not null) then 'built'
        when bool_or(tasks.status = 'building') then 'building'
        when bool_or(tasks.status = 'scheduled') then 'scheduled'
        when bool_or(tasks.status = 'pending') then 'pending'
        when bool_or(tasks.status = 'blocked') then 'blocked'
        when bool_or(tasks.status = 'failed') then 'failed'
      end as status
    from crates
    join versions on versions.crate_id = crates.id
    left join tasks on tasks.version_id = versions.id and tasks.kind = 'binary'
    where crates.canonical_name = ${canonicalCrateName(name)}
    group by versions.id
  `.execute(db);
  return rows.toSorted((left, right) => compareVersions(right.version, left.version));
}

/** Writes what a version's manifest says: the result of its `metadata` task. */
export async function setVersionFacts(db: Queryable, versionId: number, facts: CrateFacts): Promise<void> {
  await db
    .updateTable('versions')
    .set({ facts: JSON.stringify(facts) })
    .where('id', '=', versionId)
    .execute();
}
