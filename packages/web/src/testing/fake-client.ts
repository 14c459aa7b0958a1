import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, Page } from '@buildsrs/client';
import { ProblemError } from '@buildsrs/common';
import {
  SAMPLE_BUILDERS,
  SAMPLE_BUILDS,
  SAMPLE_CRATES,
  SAMPLE_QUEUE,
  SAMPLE_TARGETS,
  SAMPLE_TASKS,
  sampleVersion,
} from './sample-data.ts';
import { BAD_LOG, GOOD_LOG } from './sample-log.ts';

function page<Item>(
  items: readonly Item[],
  query: { limit?: number; cursor?: string | undefined } = {},
): Page<Item> {
  const from = Number(query.cursor ?? 0);
  const to = from + (query.limit ?? 20);
  return { items: items.slice(from, to), next: to < items.length ? String(to) : null };
}

function found<T>(value: T | undefined, problem: () => ProblemError): T {
  if (value === undefined) throw problem();
  return value;
}

/** A client that answers from samples; single methods can be replaced. */
export function createFakeClient(replaced: Partial<ApiClient> = {}): ApiClient {
  const crateOf = (name: string) =>
    found(
      SAMPLE_CRATES.find((crate) => crate.name === name),
      () =>
        new ProblemError('crate-not-found', `There is no crate ${name}.`, {
          suggestions: ['hexyl', 'ripgrep'],
        }),
    );
  const buildOf = (id: string) =>
    found(
      SAMPLE_BUILDS.find((build) => build.id === id),
      () => new ProblemError('build-not-found', `There is no build ${id}.`),
    );
  const logOf = (id: string): Buffer => Buffer.from(buildOf(id).failure === null ? GOOD_LOG : BAD_LOG);
  return {
    searchCrates: async (query = {}) =>
      page(
        SAMPLE_CRATES.filter((crate) => crate.name.includes(query.query ?? '')),
        query,
      ),
    getCrate: async (name) => crateOf(name),
    getVersion: async (name, version) => {
      const crate = crateOf(name);
      if (!crate.versions.some((entry) => entry.version === version)) {
        throw new ProblemError('version-not-found', `${name} has no version ${version}.`);
      }
      return sampleVersion(crate, version);
    },
    requestBuild: async (request) => {
      const crate = crateOf(request.crate);
      const version = crate.versions[0]?.version;
      if (version === undefined) throw new ProblemError('version-not-found', `${crate.name} has no version.`);
      return { crate: crate.name, version, yanked: false, tasks: [] };
    },
    listTasks: async (query = {}) =>
      page(
        SAMPLE_TASKS.filter((task) => query.status === undefined || task.status === query.status),
        query,
      ),
    getTask: async () => {
      throw new ProblemError('task-not-found', 'The samples have no single tasks.');
    },
    listBuilds: async (query = {}) =>
      page(
        SAMPLE_BUILDS.filter(
          (build) => query.outcome === undefined || (build.outcome ?? 'running') === query.outcome,
        ),
        query,
      ),
    getBuild: async (id) => buildOf(id),
    readLog: async (id, range = {}) => {
      const log = logOf(id);
      const start = range.start ?? 0;
      const offset = start < 0 ? Math.max(0, log.length + start) : Math.min(start, log.length);
      return { bytes: log.subarray(offset, range.end), offset, size: log.length };
    },
    async *followBuild(id, options = {}) {
      const build = buildOf(id);
      yield* build.stages.map((stage) => ({ type: 'stage' as const, ...stage }));
      const log = logOf(id);
      for (let offset = options.offset ?? 0; offset < log.length; offset += 100) {
        yield { type: 'log', offset, bytes: log.subarray(offset, offset + 100) };
      }
      // A build that runs goes on until nobody follows it.
      if (build.outcome === null) await sleep(2 ** 31 - 1, undefined, { signal: options.signal, ref: false });
      else yield { type: 'end', outcome: build.outcome };
    },
    findArtifacts: async (sha256) =>
      page(
        SAMPLE_BUILDS.flatMap((build) => build.artifacts).filter((artifact) => artifact.sha256 === sha256),
      ),
    listBuilders: async () => page(SAMPLE_BUILDERS),
    listTargets: async () => page(SAMPLE_TARGETS),
    getQueue: async () => SAMPLE_QUEUE,
    ...replaced,
  };
}
