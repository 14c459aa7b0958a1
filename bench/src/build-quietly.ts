import { SentenceError, type Job, type JobResult } from '@buildsrs/common';
import { runJob, type ExecutorDriver } from '@buildsrs/executor';

const KEPT_LOG = 4_096;

/** Runs a job that has to succeed, uploads nothing, and gives its result. @throws {SentenceError} with the log's end. */
export async function buildQuietly(
  job: Job,
  options: { readonly driver: ExecutorDriver; readonly dataDir: string },
): Promise<JobResult & { kind: 'binary' }> {
  let log = '';
  const outcome = await runJob(job, {
    ...options,
    builderVersion: 'builds-bench/0.1.0',
    signal: new AbortController().signal,
    onStage: () => {},
    onLog: (bytes) => {
      log = (log + Buffer.from(bytes).toString('utf8')).slice(-KEPT_LOG);
    },
    upload: (file) => Promise.resolve({ name: file.name, sha256: file.sha256, size: file.size }),
  });
  if (outcome.status === 'succeeded' && outcome.result.kind === 'binary') return outcome.result;
  const why =
    outcome.status === 'failed' ? `${outcome.failure.kind}: ${outcome.failure.message}` : outcome.status;
  throw new SentenceError('not-built', `${job.crate} ${job.version} was not built (${why}).\n${log}`);
}
