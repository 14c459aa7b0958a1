import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRunner, RunContext } from '@buildsrs/builder/agent';
import {
  parseDigest,
  STAGES,
  type ArtifactName,
  type BuildInfo,
  type Digest,
  type Job,
  type JobResult,
  type Target,
} from '@buildsrs/common';

const digestOf = (bytes: Uint8Array | string): Digest =>
  parseDigest(createHash('sha256').update(bytes).digest('hex'));

/** The bytes the fake build of a job gives: the same on every builder. */
export function fakeArtifact(job: Pick<Job, 'crate' | 'version' | 'target'>): {
  name: ArtifactName;
  bytes: Buffer;
} {
  const name = `${job.crate}-${job.version}-${job.target}.tar.gz` as ArtifactName;
  return { name, bytes: Buffer.from(`${name}\n`.repeat(100)) };
}

function fakeInfo(job: Job): BuildInfo {
  const host = 'x86_64-unknown-linux-gnu' as Target;
  return {
    schema: 1,
    inputs: {
      kind: job.kind,
      source: { crate: job.crate, version: job.version, checksum: job.checksum },
      command: { cargo: ['build'], features: [], defaultFeatures: true, bins: [job.crate] },
      target: job.target,
      toolchain: { rustc: '1.0.0', commit: 'unknown', host, llvm: '1', cargo: '1.0.0' },
      lockfile: { origin: 'published', sha256: digestOf('lockfile') },
      dependencies: [{ name: job.crate, version: job.version }],
      environment: {},
      packages: { manager: 'none', list: [] },
      image: { kind: 'process' },
    },
    observed: {
      executor: 'process',
      isolation: 'none',
      hostname: 'fake',
      kernel: 'fake',
      cpus: 1,
      builderVersion: 'fake-builder/0',
      startedAt: new Date().toISOString(),
      stageMs: {},
    },
  };
}

function fakeFacts(job: Job): JobResult {
  return {
    kind: 'metadata',
    facts: {
      binaries: [{ name: job.crate, requiredFeatures: [], default: true }],
      library: [],
      features: [],
      defaultFeatures: [],
      lockfile: true,
    },
  };
}

async function fakeBinary(job: Job, context: RunContext): Promise<JobResult> {
  const { name, bytes } = fakeArtifact(job);
  const folder = await mkdtemp(join(tmpdir(), 'fake-build-'));
  try {
    const path = join(folder, name);
    await writeFile(path, bytes);
    const sha256 = digestOf(bytes);
    const mediaType = 'application/gzip';
    const artifact = await context.upload({ name, path, sha256, size: bytes.length, mediaType });
    const members = [{ path: job.crate, sha256: digestOf(job.crate), size: 1, executable: true }];
    return { kind: 'binary', artifacts: [artifact], members, info: fakeInfo(job) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs jobs without building: the stages, a few lines of log, the same bytes everywhere, in about `delayMs`. */
export function fakeRunner(delayMs: number): JobRunner {
  return async (job, context) => {
    try {
      for (const stage of STAGES.slice(0, -1)) {
        await context.onStage(stage);
        await context.onLog(Buffer.from(`${stage} of ${job.crate} ${job.version}\n`));
        await sleep(delayMs / 4, undefined, { signal: context.signal });
      }
      if (job.kind === 'metadata') return { status: 'succeeded', result: fakeFacts(job) };
      await context.onStage('upload');
      return { status: 'succeeded', result: await fakeBinary(job, context) };
    } catch (error) {
      if (context.signal.aborted) return { status: 'cancelled' };
      throw error;
    }
  };
}
