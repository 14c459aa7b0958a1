import {
  canonicalCrateName,
  type ArchiveMember,
  type ArtifactName,
  type BuildId,
  type CrateName,
  type Digest,
  type Kind,
  type Target,
  type Version,
} from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';

/** A file with all that is said of it. */
export interface ArtifactRow {
  readonly id: number;
  readonly buildId: BuildId;
  readonly name: ArtifactName;
  readonly sha256: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly createdAt: Date;
  readonly crate: CrateName;
  readonly version: Version;
  readonly yanked: boolean;
  readonly kind: Kind;
  readonly target: Target;
  readonly variant: string;
  /** Whether it is what its task publishes, or a build beside it. */
  readonly published: boolean;
  readonly downloads: number;
}

function selectArtifacts(db: Queryable) {
  return db
    .selectFrom('artifacts')
    .innerJoin('objects', 'objects.sha256', 'artifacts.sha256')
    .innerJoin('builds', 'builds.id', 'artifacts.buildId')
    .innerJoin('tasks', 'tasks.id', 'builds.taskId')
    .innerJoin('versions', 'versions.id', 'tasks.versionId')
    .innerJoin('crates', 'crates.id', 'versions.crateId')
    .select([
      'artifacts.id',
      'artifacts.buildId',
      'artifacts.name',
      'artifacts.sha256',
      'objects.size',
      'artifacts.mediaType',
      'artifacts.createdAt',
      'crates.name as crate',
      'versions.version',
      'versions.yanked',
      'tasks.kind',
      'tasks.target',
      'tasks.variant',
    ])
    .select([
      sql<boolean>`tasks.published_build_id is not distinct from artifacts.build_id`.as('published'),
      sql<number>`(
        select coalesce(sum(count), 0)::bigint from artifact_downloads where artifact_id = artifacts.id
      )`.as('downloads'),
    ]);
}

/** The published file at a download address. */
export async function findArtifact(
  db: Queryable,
  address: {
    readonly crate: CrateName;
    readonly version: Version;
    readonly target: Target;
    readonly file: ArtifactName;
  },
): Promise<ArtifactRow | undefined> {
  return await selectArtifacts(db)
    .where('crates.canonicalName', '=', canonicalCrateName(address.crate))
    .where('versions.version', '=', address.version)
    .where('tasks.target', '=', address.target)
    .where('artifacts.name', '=', address.file)
    .whereRef('tasks.publishedBuildId', '=', 'artifacts.buildId')
    .orderBy('artifacts.id')
    .executeTakeFirst();
}

/** The files of a build, published or not. */
export async function listArtifactsOfBuild(db: Queryable, build: BuildId): Promise<ArtifactRow[]> {
  return await selectArtifacts(db).where('artifacts.buildId', '=', build).orderBy('artifacts.id').execute();
}

/** The published files of a version. */
export async function listArtifactsOfVersion(db: Queryable, versionId: number): Promise<ArtifactRow[]> {
  return await selectArtifacts(db)
    .where('tasks.versionId', '=', versionId)
    .whereRef('tasks.publishedBuildId', '=', 'artifacts.buildId')
    .orderBy('tasks.target')
    .orderBy('artifacts.id')
    .execute();
}

/** Files by their sha256, or by that of a file inside them; the published first, at most 100. */
export async function findArtifactsBySha256(db: Queryable, digest: Digest): Promise<ArtifactRow[]> {
  return await selectArtifacts(db)
    .where((eb) =>
      eb.or([
        eb('artifacts.sha256', '=', digest),
        eb(
          'artifacts.id',
          'in',
          eb.selectFrom('artifactMembers').select('artifactId').where('sha256', '=', digest),
        ),
      ]),
    )
    .orderBy('published', 'desc')
    .orderBy('artifacts.id', 'desc')
    .limit(100)
    .execute();
}

/** The files inside the artifacts of a build. */
export async function listMembers(db: Queryable, build: BuildId): Promise<ArchiveMember[]> {
  return await db
    .selectFrom('artifactMembers')
    .innerJoin('artifacts', 'artifacts.id', 'artifactMembers.artifactId')
    .where('artifacts.buildId', '=', build)
    .select(['path', 'artifactMembers.sha256', 'size', 'executable'])
    .orderBy('artifacts.id')
    .orderBy('path')
    .execute();
}
