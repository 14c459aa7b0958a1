import type {
  Artifact,
  BuildDetail,
  Build,
  Builder,
  BuildId,
  BuildsQuery,
  CrateDetail,
  CrateName,
  CratesQuery,
  CrateSummary,
  Digest,
  Queue,
  RequestBuild,
  Requested,
  TargetDetail,
  Task,
  TaskDetail,
  TaskId,
  TasksQuery,
  Version,
  VersionDetail,
} from '@buildsrs/common';
import type { BuildFollowEvent, FollowOptions } from './follow-build.ts';

/** A page of a list; `next` is the cursor of the page after it, `null` on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** What may be asked of a call: `limit` and `cursor` in a list, 20 and the beginning when left out. */
export type ListOf<Query> = Partial<Query>;

/** Bytes of a log: from `start` (inclusive) to `end` (exclusive); a negative `start` alone counts from the log's end. */
export interface LogRange {
  readonly start?: number;
  readonly end?: number;
}

/** A piece of a build's log. */
export interface BuildLog {
  readonly bytes: Uint8Array;
  /** Where in the log the bytes begin. */
  readonly offset: number;
  /** The log's length so far; `undefined` while the build runs and the server does not know. */
  readonly size: number | undefined;
}

/** What goes with every call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The REST API. All of them throw `ProblemError` where the API answers with a problem,
 * `SentenceError` `unreachable` where nothing answers, `unexpected-answer` where something else than the API does.
 */
export interface ApiClient {
  /** Crates by name and description, or all of them, most recently changed first. */
  readonly searchCrates: (query?: ListOf<CratesQuery>, options?: CallOptions) => Promise<Page<CrateSummary>>;
  readonly getCrate: (name: CrateName, options?: CallOptions) => Promise<CrateDetail>;
  readonly getVersion: (name: CrateName, version: Version, options?: CallOptions) => Promise<VersionDetail>;
  /** Asks for a crate to be built; answers with the tasks made or found, one per target. */
  readonly requestBuild: (
    request: Omit<RequestBuild, 'version'> & Partial<Pick<RequestBuild, 'version'>>,
    options?: CallOptions,
  ) => Promise<Requested>;
  readonly listTasks: (query?: ListOf<TasksQuery>, options?: CallOptions) => Promise<Page<Task>>;
  readonly getTask: (id: TaskId, options?: CallOptions) => Promise<TaskDetail>;
  readonly listBuilds: (query?: ListOf<BuildsQuery>, options?: CallOptions) => Promise<Page<Build>>;
  readonly getBuild: (id: BuildId, options?: CallOptions) => Promise<BuildDetail>;
  /** A piece of a build's log, the whole when no range is given. A range behind the log's end gives no bytes. */
  readonly readLog: (id: BuildId, range?: LogRange, options?: CallOptions) => Promise<BuildLog>;
  /** A build's stages, log and end as they come; connects again where a connection breaks, without loss or repeat. */
  readonly followBuild: (
    id: BuildId,
    options?: FollowOptions,
  ) => AsyncGenerator<BuildFollowEvent, void, void>;
  /** The artifacts with this sha256. */
  readonly findArtifacts: (sha256: Digest, options?: CallOptions) => Promise<Page<Artifact>>;
  readonly listBuilders: (options?: CallOptions) => Promise<Page<Builder>>;
  readonly listTargets: (options?: CallOptions) => Promise<Page<TargetDetail>>;
  readonly getQueue: (options?: CallOptions) => Promise<Queue>;
}
