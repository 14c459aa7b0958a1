import { failure, STAGES, type Job, type Stage } from '@buildsrs/common';
import type { CommandEnd } from './driver.ts';
import { JobFailedError } from './errors.ts';
import type { JobContext } from './job-context.ts';
import { JobLog } from './job-log.ts';

/** Thrown through the stages when the build is not wanted any more. */
export class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';
}

/** One run of one job: its log, its deadline, its stages. Several attempts may share it, each with a workspace. */
export class JobRun {
  readonly job: Job;
  readonly context: JobContext;
  readonly log: JobLog;
  readonly startedAt = new Date();
  /** Milliseconds of the stages that ended; a stage that a second attempt entered again has both. */
  readonly stageMs: Partial<Record<Stage, number>> = {};
  readonly #deadline: number;
  #stage: { readonly name: Stage; readonly begun: number } | undefined;
  #furthest = -1;

  constructor(job: Job, context: JobContext) {
    this.job = job;
    this.context = context;
    this.log = new JobLog(job.limits.logBytes, (bytes) => context.onLog(bytes));
    this.#deadline = performance.now() + job.limits.timeoutMs;
  }

  /** Milliseconds that are left for all stages together. */
  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.#deadline - performance.now()));
  }

  /** Begins a stage and ends the one before. Told on only when no attempt was there yet: stages never go back. */
  async enter(stage: Stage): Promise<void> {
    this.check();
    const now = performance.now();
    if (this.#stage !== undefined) {
      const { name, begun } = this.#stage;
      this.stageMs[name] = (this.stageMs[name] ?? 0) + Math.round(now - begun);
    }
    this.#stage = { name: stage, begun: now };
    if (STAGES.indexOf(stage) <= this.#furthest) return;
    this.#furthest = STAGES.indexOf(stage);
    await this.context.onStage(stage);
  }

  /** Ends the job here when its time is over or it is not wanted any more. */
  check(): void {
    if (this.context.signal.aborted) throw new JobCancelledError();
    if (performance.now() >= this.#deadline) throw this.stopped('timeout');
  }

  /** The error that ends a job stopped by a limit. */
  stopped(reason: Exclude<CommandEnd['reason'], 'exited'>): Error {
    if (reason === 'cancelled') return new JobCancelledError();
    const { limits } = this.job;
    const minutes = (ms: number): string =>
      ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
    const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
    const sentences: Record<typeof reason, string> = {
      timeout: `The build was stopped after ${minutes(limits.timeoutMs)}, its time limit.`,
      silence: `The build was stopped after ${minutes(limits.silenceMs)} without any output.`,
      'out-of-memory': `The build was stopped as it used more than ${mebibytes(limits.memoryBytes)} of memory.`,
      'disk-full': `The build was stopped as it wrote more than ${mebibytes(limits.diskBytes)}.`,
      'too-many-processes': `The build was stopped as it ran more than ${limits.processes} processes and threads.`,
    };
    return new JobFailedError(failure(reason, sentences[reason]));
  }
}
