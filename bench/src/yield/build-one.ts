import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import {
  buildCommandOf,
  compareVersions,
  DEFAULT_LIMITS,
  failure,
  isPrerelease,
  type BuildCommand,
  type BuildId,
  type CrateName,
  type Failure,
  type Job,
  type Kind,
  type Target,
  type TaskId,
} from '@buildsrs/common';
import { runJob, type ExecutorDriver, type JobOutcome } from '@buildsrs/executor';
import { crateUrlOf, type IndexEntry, type IndexSource } from '@buildsrs/registry';

/** What became of one crate. */
export interface Yield {
  readonly crate: CrateName;
  readonly version: string;
  readonly ms: number;
  /** Absent where it was built. */
  readonly failure: Failure | undefined;
  /** Features that were added, and why the published lock file was not used: what it took. */
  readonly took: string;
}

/** What the builds of a run have in common. */
export interface YieldRun {
  readonly driver: ExecutorDriver;
  readonly index: IndexSource;
  /** The index as cargo writes it. */
  readonly indexUrl: string;
  readonly target: Target;
  readonly dataDir: string;
  /** Over what the crate's author wants. */
  readonly command: BuildCommand;
  /** Where a crate's log is written. */
  logFile(crate: CrateName): string;
  readonly signal: AbortSignal;
}

/** The newest stable version that is not yanked. */
async function newest(run: YieldRun, crate: CrateName): Promise<IndexEntry | undefined> {
  const answer = await run.index.lookUp(crate, { signal: run.signal });
  if (answer.status !== 'found') return undefined;
  return answer.crate.entries
    .filter((entry) => !entry.yanked && !isPrerelease(entry.version))
    .toSorted((left, right) => compareVersions(right.version, left.version))[0];
}

function jobOf(
  run: YieldRun,
  entry: IndexEntry,
  what: { readonly kind: Kind; readonly command: BuildCommand; readonly dl: string },
): Job {
  const { name, version, checksum } = entry;
  return {
    build: randomUUID() as BuildId,
    task: 1 as TaskId,
    kind: what.kind,
    crate: name,
    version,
    checksum,
    target: run.target,
    variant: 'default',
    ...what.command,
    registry: { index: run.indexUrl, crateUrl: crateUrlOf(what.dl, { name, version, checksum }) },
    isolation: 'none',
    limits: DEFAULT_LIMITS,
    lease: { token: randomBytes(32).toString('base64url'), expiresInMs: DEFAULT_LIMITS.timeoutMs },
    uploadUrl: 'http://127.0.0.1:9/nothing-is-uploaded',
  };
}

function tookOf(outcome: JobOutcome): string {
  if (outcome.status !== 'succeeded' || outcome.result.kind !== 'binary') return '';
  const { command, lockfile } = outcome.result.info.inputs;
  return [
    ...(command.features.length === 0 ? [] : [`features ${command.features.join(', ')}`]),
    ...(lockfile.reason === undefined ? [] : [`lock file made anew: ${lockfile.reason}`]),
  ].join('; ');
}

/** Builds the newest version of a crate as the service would: its facts first, then its programs; `undefined` when stopped. */
export async function buildOne(run: YieldRun, crate: CrateName): Promise<Yield | undefined> {
  const begun = performance.now();
  const { signal } = run;
  const ended = (version: string, found: Failure | undefined, took = ''): Yield => ({
    crate,
    version,
    ms: performance.now() - begun,
    failure: found,
    took,
  });
  const entry = await newest(run, crate);
  if (entry === undefined) return ended('', failure('fetch-error', `The index has no version of ${crate}.`));
  const { dl } = await run.index.config();
  const log = createWriteStream(run.logFile(crate));
  try {
    const build = (kind: Kind, command: BuildCommand): Promise<JobOutcome> =>
      runJob(jobOf(run, entry, { kind, command, dl }), {
        driver: run.driver,
        dataDir: run.dataDir,
        builderVersion: 'builds-bench/0.1.0',
        signal,
        onStage: () => {},
        onLog: async (bytes) => {
          if (!log.write(Uint8Array.from(bytes))) await once(log, 'drain');
        },
        upload: (file) => Promise.resolve({ name: file.name, sha256: file.sha256, size: file.size }),
      });
    const known = await build('metadata', {});
    const wishes =
      known.status === 'succeeded' && known.result.kind === 'metadata' ? known.result.facts.preferences : {};
    const outcome = await build('binary', { ...buildCommandOf(wishes ?? {}), ...run.command });
    if (outcome.status === 'cancelled') return undefined;
    return ended(entry.version, outcome.status === 'failed' ? outcome.failure : undefined, tookOf(outcome));
  } finally {
    log.end();
    await once(log, 'close');
  }
}
