import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseDigest, type Job, type Stage } from '@buildsrs/common';
import type { ExecutorDriver } from '../driver.ts';
import type { JobContext, JobOutcome } from '../job-context.ts';
import { withoutEscapes } from '../plain-text.ts';
import { runJob } from '../run-job.ts';

/** A job that was run, with all its program was told. */
export interface RecordedRun {
  readonly outcome: JobOutcome;
  readonly stages: readonly Stage[];
  /** The log as text, without terminal escapes. */
  readonly log: string;
  /** The uploaded files by name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Runs a job and keeps stages, log and uploads; what else the context should do can be given. */
export async function runRecorded(
  job: Job,
  options: { readonly driver: ExecutorDriver; readonly dataDir: string } & Partial<JobContext>,
): Promise<RecordedRun> {
  const stages: Stage[] = [];
  const log: Uint8Array[] = [];
  const files = new Map<string, Buffer>();
  const outcome = await runJob(job, {
    builderVersion: 'test/0',
    signal: new AbortController().signal,
    onStage: (stage) => void stages.push(stage),
    onLog: (bytes) => void log.push(Uint8Array.from(bytes)),
    upload: async (file) => {
      const bytes = await readFile(file.path);
      files.set(file.name, bytes);
      const sha256 = parseDigest(createHash('sha256').update(bytes).digest('hex'));
      return { name: file.name, sha256, size: bytes.length };
    },
    ...options,
  });
  return { outcome, stages, files, log: withoutEscapes(Buffer.concat(log).toString('utf8')) };
}
