import type {
  ArtifactName,
  BuilderId,
  BuildId,
  BuildInfo,
  BuildOutcome,
  CrateFacts,
  CrateName,
  Digest,
  ExecutorName,
  Failure,
  Fingerprint,
  Isolation,
  Kind,
  Stage,
  Target,
  TaskId,
  TaskStatus,
  Version,
} from '@buildsrs/common';
import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';

/** A moment by the database's clock, microseconds cut to milliseconds; read as `Date`. */
type Moment = ColumnType<Date, Date | string, Date | string>;
type MaybeMoment = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type GeneratedMoment = ColumnType<Date, Date | string | undefined, Date | string>;
/** JSON in the database: read as the value, written as text. */
type MaybeJson<T extends object> = ColumnType<T | null, string | null | undefined, string | null>;

/** Why a task exists: somebody asked for it, or the policy of building the newest version did. */
export type TaskOrigin = 'request' | 'policy';

/** The registry crates come from: one row. */
export interface RegistryTable {
  id: ColumnType<1, 1 | undefined, never>;
  /** As cargo writes it: `sparse+https://…/`. */
  index: string;
  /** The `dl` template of the registry's `config.json`. */
  dl: string;
  /** The registry's web API, where it has one. */
  api: string | null;
}

/** How far a synchronisation of a source has come. */
export interface SyncCursorsTable {
  /** The index's URL, followed by the crate's name where the cursor is one crate's. */
  source: string;
  /** An ETag, a commit, or whatever the source continues from. */
  cursor: string;
  updatedAt: GeneratedMoment;
}

export interface CratesTable {
  id: GeneratedAlways<number>;
  name: CrateName;
  /** Lower case, `_` for `-`: the unique key. */
  canonicalName: string;
  /** Newest stable version that is not yanked, else newest pre-release that is not; kept by {@link upsertCrateVersions}. */
  latestVersionId: number | null;
  createdAt: GeneratedMoment;
  updatedAt: GeneratedMoment;
}

export interface VersionsTable {
  id: GeneratedAlways<number>;
  crateId: number;
  version: Version;
  /** sha256 of the `.crate`; never changes. */
  checksum: Digest;
  yanked: Generated<boolean>;
  /** Features as the index line has them: name → what it enables. */
  features: JSONColumnType<Record<string, string[]>, string | undefined>;
  rustVersion: string | null;
  /** `null` until the version's `metadata` task is built. */
  facts: MaybeJson<CrateFacts>;
  createdAt: GeneratedMoment;
}

export interface TargetsTable {
  name: Target;
  /** Whether new versions are built for it unasked. */
  enabled: Generated<boolean>;
  createdAt: GeneratedMoment;
}

export interface BuildersTable {
  id: GeneratedAlways<BuilderId>;
  name: string;
  /** The OpenSSH line without its comment. */
  publicKey: string;
  fingerprint: Fingerprint;
  enabled: Generated<boolean>;
  connected: Generated<boolean>;
  targets: Generated<Target[]>;
  kinds: Generated<Kind[]>;
  executor: ExecutorName | null;
  isolation: Isolation | null;
  slots: Generated<number>;
  software: string | null;
  /** Errors of ours since it last did well. */
  errorsInRow: Generated<number>;
  /** Until then it is given nothing, as too much went wrong; may be over. */
  suspendedUntil: MaybeMoment;
  suspendedReason: string | null;
  /** Why it takes no work for now, as it says itself. */
  pausedReason: string | null;
  lastSeenAt: MaybeMoment;
  createdAt: GeneratedMoment;
}

/** The queue: a thing wanted is one row with one status. */
export interface TasksTable {
  id: GeneratedAlways<TaskId>;
  versionId: number;
  kind: Kind;
  target: Target;
  variant: Generated<string>;
  status: TaskStatus;
  /** Higher is sooner. */
  priority: Generated<number>;
  origin: TaskOrigin;
  /** The least isolation level it may be built in, 0 to 3 (see `isolationLevel` of common). */
  isolationLevel: Generated<number>;
  /** Builds begun since it was last asked for. */
  attempts: Generated<number>;
  /** When the next attempt may begin. */
  notBefore: GeneratedMoment;
  /** Why it failed; while it waits for a retry, why the last attempt did. */
  failure: MaybeJson<Failure>;
  /** The builder that lost it or went wrong last: others go first. */
  avoidBuilderId: BuilderId | null;
  /** The build that runs or ran last. */
  buildId: BuildId | null;
  /** The build whose artifacts are published; a failed rebuild never replaces it. */
  publishedBuildId: BuildId | null;
  createdAt: GeneratedMoment;
  updatedAt: GeneratedMoment;
}

/** `taskId` is blocked until `needsTaskId` is built. */
export interface TaskEdgesTable {
  taskId: TaskId;
  needsTaskId: TaskId;
}

export interface StageStart {
  stage: Stage;
  /** ISO 8601 in UTC. */
  startedAt: string;
}

export interface BuildsTable {
  id: Generated<BuildId>;
  taskId: TaskId;
  builderId: BuilderId | null;
  /** `null` while it runs. */
  outcome: BuildOutcome | null;
  stage: Stage | null;
  stages: JSONColumnType<StageStart[], string | undefined>;
  failure: MaybeJson<Failure>;
  /** sha256 of the lease's token; the token itself is known to the builder only. */
  tokenSha256: Digest;
  /** When the lease ends unless renewed. */
  leaseExpiresAt: Moment;
  inputId: Digest | null;
  info: MaybeJson<BuildInfo>;
  logBytes: Generated<number>;
  /** The whole log as an object, once the build has ended and it was stored. */
  logObject: Digest | null;
  createdAt: GeneratedMoment;
  /** When its builder accepted it. */
  startedAt: MaybeMoment;
  endedAt: MaybeMoment;
}

/** A piece of a log, while the build runs. */
export interface LogChunksTable {
  buildId: BuildId;
  /** Byte offset of its first byte. */
  start: number;
  bytes: Buffer;
}

/** What a builder has uploaded and is not yet published. */
export interface UploadsTable {
  buildId: BuildId;
  name: ArtifactName;
  sha256: Digest;
  size: number;
  /** The storage's name for the staged bytes (`Staged.staging`). */
  staging: string;
  createdAt: GeneratedMoment;
}

/** Bytes in storage. */
export interface ObjectsTable {
  sha256: Digest;
  size: number;
  /** `deleting`: no new reference may be made to it, and its bytes may already be gone. */
  state: Generated<'present' | 'deleting'>;
  createdAt: GeneratedMoment;
  verifiedAt: MaybeMoment;
}

/** A build's named file. */
export interface ArtifactsTable {
  id: GeneratedAlways<number>;
  buildId: BuildId;
  name: ArtifactName;
  sha256: Digest;
  mediaType: string;
  createdAt: GeneratedMoment;
}

/** A file inside an archive artifact. */
export interface ArtifactMembersTable {
  artifactId: number;
  path: string;
  sha256: Digest;
  size: number;
  executable: boolean;
}

export interface ArtifactDownloadsTable {
  artifactId: number;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  count: number;
}

/** Every table, in camelCase; the columns are in snake_case (Kysely's `CamelCasePlugin`). */
export interface Database {
  registry: RegistryTable;
  syncCursors: SyncCursorsTable;
  crates: CratesTable;
  versions: VersionsTable;
  targets: TargetsTable;
  builders: BuildersTable;
  tasks: TasksTable;
  taskEdges: TaskEdgesTable;
  builds: BuildsTable;
  logChunks: LogChunksTable;
  uploads: UploadsTable;
  objects: ObjectsTable;
  artifacts: ArtifactsTable;
  artifactMembers: ArtifactMembersTable;
  artifactDownloads: ArtifactDownloadsTable;
}
