import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DEFAULT_LIMITS,
  parseDigest,
  type BuildId,
  type BuildLimits,
  type Digest,
  type Job,
  type Kind,
  type Stage,
  type Target,
  type TaskId,
} from '@buildsrs/common';
import { runJob, type ExecutorDriver, type JobOutcome } from '@buildsrs/executor';
import { indexPathOf, serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { makeRegistry, type FixtureVersion } from '@buildsrs/registry/testing';

/** Where jobs of a test get their crates from. */
export interface TestRegistry extends AsyncDisposable {
  readonly index: string;
  jobFor(
    version: FixtureVersion,
    target: Target,
    options?: { kind?: Kind; limits?: Partial<BuildLimits> },
  ): Job;
}

/** The checksum the index promises. */
function checksumOf(directory: string, version: FixtureVersion): Digest {
  const lines = readFileSync(join(directory, indexPathOf(version.name)), 'utf8')
    .trim()
    .split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { vers: string; cksum: string });
  return parseDigest(entries.find((entry) => entry.vers === version.version)?.cksum ?? '');
}

/** Writes versions into a registry folder and serves it. */
export async function openTestRegistry(
  directory: string,
  versions: readonly FixtureVersion[],
): Promise<TestRegistry> {
  await makeRegistry(directory, versions);
  const served: ServedRegistry = await serveRegistryFolder(directory);
  return {
    index: served.index,
    jobFor: (version, target, options = {}) => ({
      build: randomUUID() as BuildId,
      task: 1 as TaskId,
      kind: options.kind ?? 'binary',
      crate: version.name,
      version: version.version,
      checksum: checksumOf(directory, version),
      target,
      variant: 'default',
      registry: {
        index: served.index,
        crateUrl: `${served.url}/crates/${version.name}/${version.version}/download`,
      },
      isolation: 'none',
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      lease: { token: randomBytes(32).toString('base64url'), expiresInMs: 600_000 },
      uploadUrl: 'http://127.0.0.1:9/never',
    }),
    [Symbol.asyncDispose]: () => served.close(),
  };
}

/** How a job ended, with all it left. */
export interface RanJob {
  readonly outcome: JobOutcome;
  readonly log: string;
  readonly stages: readonly Stage[];
  /** Uploaded files by name, as they were when they were handed over. */
  readonly uploads: ReadonlyMap<string, { path: string; sha256: string }>;
}

/** Runs a job on a driver and keeps log and uploads. */
export async function runTestJob(job: Job, driver: ExecutorDriver, dataDir: string): Promise<RanJob> {
  const chunks: Uint8Array[] = [];
  const stages: Stage[] = [];
  const uploads = new Map<string, { path: string; sha256: string }>();
  const kept = join(dataDir, 'uploads', job.build);
  await mkdir(kept, { recursive: true });
  const outcome = await runJob(job, {
    driver,
    dataDir,
    builderVersion: 'test/0',
    signal: new AbortController().signal,
    onStage: (stage) => {
      stages.push(stage);
    },
    onLog: (bytes) => {
      chunks.push(Uint8Array.from(bytes));
    },
    upload: async (file) => {
      const path = join(kept, file.name);
      await copyFile(file.path, path);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      uploads.set(file.name, { path, sha256 });
      return { name: file.name, sha256: parseDigest(sha256), size: file.size };
    },
  });
  return { outcome, log: Buffer.concat(chunks).toString('utf8'), stages, uploads };
}
