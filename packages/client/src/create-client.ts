import {
  ArtifactSchema,
  BuildDetailSchema,
  BuilderSchema,
  BuildSchema,
  CrateDetailSchema,
  CrateSummarySchema,
  pageOf,
  QueueSchema,
  RequestedSchema,
  TargetDetailSchema,
  TaskDetailSchema,
  TaskSchema,
  VersionDetailSchema,
} from '@buildsrs/common';
import type { ApiClient } from './api-client.ts';
import { apiPath, queryOf } from './api-path.ts';
import { followBuild } from './follow-build.ts';
import { createHttp } from './http.ts';
import { readLog } from './read-log.ts';

/** `fetch`, or what stands for it: a server that calls itself passes its own request handler. */
export type FetchLike = (url: string, init?: RequestInit) => Response | Promise<Response>;

/** What a client is made of. */
export interface ClientOptions {
  /** Where the instance is: `https://builds.example`, with a path if it lives below one. */
  readonly baseUrl: string;
  /** The global `fetch` when left out. */
  readonly fetch?: FetchLike;
  /** How long an answer in JSON may take; 30 s when left out. Logs and event streams have no limit but `signal`. */
  readonly timeoutMs?: number;
}

const Crates = pageOf(CrateSummarySchema);
const Tasks = pageOf(TaskSchema);
const Builds = pageOf(BuildSchema);
const Artifacts = pageOf(ArtifactSchema);
const Builders = pageOf(BuilderSchema);
const Targets = pageOf(TargetDetailSchema);

/** Makes a client of an instance's REST API. Every answer is checked by the schemas the server itself answers by. */
export function createClient(options: ClientOptions): ApiClient {
  const http = createHttp({
    baseUrl: options.baseUrl,
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  const { json } = http;
  return {
    searchCrates: (query = {}, call = {}) => json(apiPath`/crates` + queryOf(query), Crates, call),
    getCrate: (name, call = {}) => json(apiPath`/crates/${name}`, CrateDetailSchema, call),
    getVersion: (name, version, call = {}) =>
      json(apiPath`/crates/${name}/${version}`, VersionDetailSchema, call),
    requestBuild: (request, call = {}) =>
      json(apiPath`/requests`, RequestedSchema, {
        ...call,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }),
    listTasks: (query = {}, call = {}) => json(apiPath`/tasks` + queryOf(query), Tasks, call),
    getTask: (id, call = {}) => json(apiPath`/tasks/${id}`, TaskDetailSchema, call),
    listBuilds: (query = {}, call = {}) => json(apiPath`/builds` + queryOf(query), Builds, call),
    getBuild: (id, call = {}) => json(apiPath`/builds/${id}`, BuildDetailSchema, call),
    readLog: (id, range = {}, call = {}) => readLog(http, id, range, call),
    followBuild: (id, follow = {}) => followBuild(http, id, follow),
    findArtifacts: (sha256, call = {}) => json(apiPath`/artifacts/${sha256}`, Artifacts, call),
    listBuilders: (call = {}) => json(apiPath`/builders`, Builders, call),
    listTargets: (call = {}) => json(apiPath`/targets`, Targets, call),
    getQueue: (call = {}) => json(apiPath`/queue`, QueueSchema, call),
  };
}
