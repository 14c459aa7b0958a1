import { randomBytes, randomUUID } from 'node:crypto';
import {
  compareVersions,
  DEFAULT_LIMITS,
  isPrerelease,
  parseCrateName,
  SentenceError,
  type BuildId,
  type Job,
  type Target,
  type TaskId,
} from '@buildsrs/common';
import { crateUrlOf, openIndex, serveRegistryFolder, type IndexEntry } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';

/** Where crates that are built here come from. */
export interface CrateSource extends AsyncDisposable {
  /** Looks a `CRATE[@VERSION]` up; without a version, the newest stable one. @throws {SentenceError} */
  entryOf(wanted: string): Promise<IndexEntry>;
  /** A new job that builds its programs. */
  jobFor(entry: IndexEntry, target: Target): Job;
}

/** What a source needs of a registry: the index as cargo writes it, and where its files are. */
interface Registry {
  readonly indexUrl: string;
  readonly dl: string;
}

function jobOf({ indexUrl, dl }: Registry, entry: IndexEntry, target: Target): Job {
  const { name, version, checksum } = entry;
  return {
    build: randomUUID() as BuildId,
    task: 1 as TaskId,
    kind: 'binary',
    crate: name,
    version,
    checksum,
    target,
    variant: 'default',
    registry: { index: indexUrl, crateUrl: crateUrlOf(dl, { name, version, checksum }) },
    isolation: 'none',
    limits: DEFAULT_LIMITS,
    lease: { token: randomBytes(32).toString('base64url'), expiresInMs: DEFAULT_LIMITS.timeoutMs },
    uploadUrl: 'http://127.0.0.1:9/nothing-is-uploaded',
  };
}

/** Opens a registry by its sparse index; `registry` is `sparse+https://…`. */
export async function openCrateSource(registry: string): Promise<CrateSource> {
  const index = openIndex(registry);
  const { dl } = await index.config();
  return {
    entryOf: async (wanted) => {
      const [name = '', version] = wanted.split('@');
      const answer = await index.lookUp(parseCrateName(name));
      const entries = answer.status === 'found' ? answer.crate.entries : [];
      const entry =
        version === undefined
          ? entries
              .filter((one) => !one.yanked && !isPrerelease(one.version))
              .toSorted((left, right) => compareVersions(right.version, left.version))[0]
          : entries.find((one) => one.version === version);
      if (entry === undefined) throw new SentenceError('not-found', `The index has no ${wanted}.`);
      return entry;
    },
    jobFor: (entry, target) => jobOf({ indexUrl: registry, dl }, entry, target),
    [Symbol.asyncDispose]: () => index.close(),
  };
}

/** The sample crates of this repository, served by this process. */
export async function openSampleSource(): Promise<CrateSource> {
  const served = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  const source = await openCrateSource(served.index);
  return {
    ...source,
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await served.close();
    },
  };
}

/** Crates that have a program, no network and are built in a second: what is built where the builder is measured. */
export const SAMPLE_CRATES: readonly string[] = [
  'hello-buildsrs',
  'build-script-buildsrs',
  'two-programs-buildsrs',
];
