import { randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import {
  buildCommandOf,
  DEFAULT_LIMITS,
  type BuildCommand,
  type BuildId,
  type BuildPreferences,
  type Job,
  type JobResult,
  type Kind,
  type Stage,
  type Target,
  type TaskId,
} from '@buildsrs/common';
import { runJob, type ExecutorDriver, type JobOutcome } from '@buildsrs/executor';
import { readCrateFacts } from '@buildsrs/registry';
import type { PackedCrate } from './package-crate.ts';
import { serveFile } from './serve-file.ts';

/** What a rehearsal needs. */
export interface Rehearsal {
  readonly crate: PackedCrate;
  readonly driver: ExecutorDriver;
  /** The folder of this builder: caches and workspaces. */
  readonly dataDir: string;
  /** Where artifacts and log are left. */
  readonly outputDir: string;
  readonly target: Target;
  /** As cargo writes it: `sparse+https://…/`. */
  readonly registryIndex: string;
  readonly signal: AbortSignal;
  onStage(stage: Stage): void;
  onLog(bytes: Uint8Array): void;
}

/** A job as a backend would send it, but for a crate that is not published. */
function jobOf(rehearsal: Rehearsal, kind: Kind, from: { crateUrl: string; command: BuildCommand }): Job {
  const { name, version, checksum } = rehearsal.crate;
  return {
    build: randomUUID() as BuildId,
    task: 1 as TaskId,
    kind,
    crate: name,
    version,
    checksum,
    target: rehearsal.target,
    variant: 'default',
    ...from.command,
    registry: { index: rehearsal.registryIndex, crateUrl: from.crateUrl },
    isolation: 'none',
    limits: DEFAULT_LIMITS,
    lease: { token: randomBytes(32).toString('base64url'), expiresInMs: DEFAULT_LIMITS.timeoutMs },
    uploadUrl: 'http://127.0.0.1:9/nothing-is-uploaded',
  };
}

/** What the manifest wants of builds, with a word on what of it is not used. */
async function wishesOf({ crate }: Rehearsal, onNote: (sentence: string) => void): Promise<BuildPreferences> {
  // What is wrong with the crate, its build will say.
  const facts = await readCrateFacts(crate.file, crate).catch(() => undefined);
  for (const sentence of facts?.ignoredPreferences ?? [])
    onNote(`not used of package.metadata.buildsrs: ${sentence}`);
  const { preferences = {} } = facts ?? {};
  if (preferences.rebuild === 'never')
    onNote('The service would not build this crate: its manifest asks for that.');
  if (preferences.rebuild === 'on-request') onNote('The service would build this crate only on request.');
  return preferences;
}

/** A rehearsal's end: the outcome of its `metadata` job when that already failed, else of its `binary` job. */
export interface Rehearsed {
  readonly outcome: JobOutcome;
  readonly result: JobResult | undefined;
  readonly logFile: string;
}

/**
 * Runs the jobs the service would run for a crate, on this machine and from the packed file; artifacts and log stay in
 * the output folder, of which earlier contents are removed.
 */
export async function rehearse(rehearsal: Rehearsal): Promise<Rehearsed> {
  await rm(rehearsal.outputDir, { recursive: true, force: true });
  await mkdir(rehearsal.outputDir, { recursive: true });
  const logFile = join(rehearsal.outputDir, 'build.log');
  const log = createWriteStream(logFile);
  const note = (sentence: string): void => {
    const line = Buffer.from(`builds.rs: ${sentence}\n`);
    log.write(line);
    rehearsal.onLog(line);
  };
  const command = buildCommandOf(await wishesOf(rehearsal, note));
  await using served = await serveFile(rehearsal.crate.file);
  const run = (kind: Kind): Promise<JobOutcome> =>
    runJob(jobOf(rehearsal, kind, { crateUrl: served.url, command }), {
      driver: rehearsal.driver,
      dataDir: rehearsal.dataDir,
      builderVersion: 'builds-cli/0.1.0',
      signal: rehearsal.signal,
      onStage: (stage) => rehearsal.onStage(stage),
      onLog: async (bytes) => {
        rehearsal.onLog(bytes);
        if (!log.write(Uint8Array.from(bytes))) await once(log, 'drain');
      },
      upload: async (file) => {
        await copyFile(file.path, join(rehearsal.outputDir, file.name));
        return { name: file.name, sha256: file.sha256, size: file.size };
      },
    });
  try {
    const outcome = await run('binary');
    return { outcome, result: outcome.status === 'succeeded' ? outcome.result : undefined, logFile };
  } finally {
    log.end();
    await once(log, 'close');
  }
}
