import type { Job } from '@buildsrs/common';
import type { JobContext, JobOutcome } from '@buildsrs/executor';

/** What a job is given while it runs. */
export type RunContext = Pick<JobContext, 'onStage' | 'onLog' | 'upload' | 'signal'>;

/** Runs a job to its end. The agent's is `runJob` of the executor; tests give their own. Must not throw. */
export type JobRunner = (job: Job, context: RunContext) => Promise<JobOutcome>;
