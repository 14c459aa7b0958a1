import type { Job } from '@buildsrs/common';
import type { JobContext, JobOutcome } from './job-context.ts';

/**
 * Runs a job to its end: fetch, resolve, build, package, upload. Never throws for what a crate does; faults of ours
 * are failures of kind `executor-error`.
 */
export async function runJob(job: Job, context: JobContext): Promise<JobOutcome> {
  throw new Error(`not yet: ${job.kind} ${context.driver.name}`);
}
