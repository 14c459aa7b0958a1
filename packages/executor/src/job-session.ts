import { failure, type Failure, type Job, type Stage } from '@buildsrs/common';
import { withFixedPaths } from './cargo-environment.ts';
import type { CommandEnd, StageCommand, Workspace } from './driver.ts';
import { JobFailedError } from './errors.ts';
import { removeTree } from './files.ts';
import type { JobContext } from './job-context.ts';
import { JobLog } from './job-log.ts';
import { createOwnedFolder } from './owned-folder.ts';
import { TailBuffer } from './plain-text.ts';
import { outputsDir } from './workspace-folder.ts';

/** Of standard error; enough for what cargo says and the output of one build script. */
const STDERR_TAIL_BYTES = 1024 * 1024;

/** Thrown through the stages when the build is not wanted any more. */
export class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';
}

/** A command of a stage, as the stages write it; the session adds the rest. */
export interface SessionCommand {
  readonly argv: StageCommand['argv'];
  readonly env: Readonly<Record<string, string>>;
  readonly network?: boolean;
  readonly cargoHome?: StageCommand['cargoHome'];
  /** It runs the crate's code: the silence limit holds. */
  readonly runsCrate?: boolean;
  /** What to do with standard output; without, it goes to the log. */
  onStdout?(chunk: Uint8Array): void | Promise<void>;
}

/** How a command of a stage ended, with the end of its standard error, free of terminal escapes. */
export interface SessionCommandEnd extends CommandEnd {
  readonly stderr: string;
}

/** One run of one job: its workspace, its log, its deadline. The stages work on it. */
export class JobSession {
  readonly job: Job;
  readonly context: JobContext;
  readonly workspace: Workspace;
  readonly log: JobLog;
  /** A folder of ours on this machine for what was taken out of the build; no command ever sees it. */
  readonly outputDir: string;
  readonly startedAt = new Date();
  readonly stageMs: Partial<Record<Stage, number>> = {};
  readonly #deadline: number;
  #stage: { readonly name: Stage; readonly begun: number } | undefined;

  private constructor(
    job: Job,
    context: JobContext,
    workspace: Workspace,
    outputDir: string,
    deadline: number,
  ) {
    this.job = job;
    this.context = context;
    this.workspace = workspace;
    this.outputDir = outputDir;
    this.#deadline = deadline;
    this.log = new JobLog(job.limits.logBytes, (bytes) => context.onLog(bytes));
  }

  /** Opens the workspace, hands the session to `use`, and removes every trace whatever happens. */
  static async with<T>(job: Job, context: JobContext, use: (session: JobSession) => Promise<T>): Promise<T> {
    const deadline = performance.now() + job.limits.timeoutMs;
    const outputDir = await createOwnedFolder(outputsDir(context.dataDir), job.build);
    try {
      await using workspace = await context.driver.open({ id: job.build, limits: job.limits });
      const session = new JobSession(job, context, workspace, outputDir, deadline);
      try {
        return await use(session);
      } finally {
        await session.log.end();
      }
    } finally {
      await removeTree(outputDir);
    }
  }

  /** Milliseconds that are left for all stages together. */
  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.#deadline - performance.now()));
  }

  /** Begins a stage and ends the one before. */
  async enter(stage: Stage): Promise<void> {
    this.check();
    const now = performance.now();
    if (this.#stage !== undefined) this.stageMs[this.#stage.name] = Math.round(now - this.#stage.begun);
    this.#stage = { name: stage, begun: now };
    await this.context.onStage(stage);
  }

  /** A failure with this build's paths as the fixed ones: where a builder has its folders is nobody's business. */
  failed(found: Failure): JobFailedError {
    return new JobFailedError({ ...found, message: withFixedPaths(found.message, this.workspace.paths) });
  }

  /** Ends the job here when its time is over or it is not wanted any more. */
  check(): void {
    if (this.context.signal.aborted) throw new JobCancelledError();
    if (performance.now() >= this.#deadline) throw this.stopped('timeout');
  }

  /** Runs a command; throws for every end that is not the command's own. */
  async run(command: SessionCommand): Promise<SessionCommandEnd> {
    this.check();
    const tail = new TailBuffer(STDERR_TAIL_BYTES);
    const end = await this.workspace.run({
      argv: command.argv,
      env: { CARGO_HOME: this.workspace.paths.cargoHome, ...command.env },
      // The root: no folder above it whose `.cargo/config.toml` cargo would read.
      cwd: '/',
      network: command.network ?? false,
      cargoHome: command.cargoHome ?? 'read-only',
      timeoutMs: this.remainingMs,
      ...(command.runsCrate === true ? { silenceMs: this.job.limits.silenceMs } : {}),
      signal: this.context.signal,
      onOutput: async (chunk, stream) => {
        if (stream === 'stderr') tail.push(chunk);
        else if (command.onStdout !== undefined) return command.onStdout(chunk);
        return this.log.write(chunk);
      },
    });
    if (end.reason !== 'exited') throw this.stopped(end.reason);
    return { ...end, stderr: tail.text() };
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
