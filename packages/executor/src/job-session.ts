import type { Failure, Job } from '@buildsrs/common';
import { withFixedPaths } from './cargo-environment.ts';
import type { CommandEnd, StageCommand, Workspace } from './driver.ts';
import { JobFailedError } from './errors.ts';
import { removeTree } from './files.ts';
import type { JobContext } from './job-context.ts';
import type { JobLog } from './job-log.ts';
import type { JobRun } from './job-run.ts';
import { createOwnedFolder } from './owned-folder.ts';
import { TailBuffer } from './plain-text.ts';
import { outputsDir } from './workspace-folder.ts';

/** Of standard error; enough for what cargo says and the output of one build script. */
const STDERR_TAIL_BYTES = 1024 * 1024;

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

/** One attempt at a job, in a workspace of its own. The stages work on it. */
export class JobSession {
  readonly run: JobRun;
  readonly workspace: Workspace;
  /** A folder of ours on this machine for what was taken out of the build; no command ever sees it. */
  readonly outputDir: string;

  private constructor(run: JobRun, workspace: Workspace, outputDir: string) {
    this.run = run;
    this.workspace = workspace;
    this.outputDir = outputDir;
  }

  /** Opens the workspace, hands the session to `use`, and removes every trace whatever happens. */
  static async with<T>(run: JobRun, use: (session: JobSession) => Promise<T>): Promise<T> {
    const { job, context } = run;
    const outputDir = await createOwnedFolder(outputsDir(context.dataDir), job.build);
    try {
      await using workspace = await context.driver.open({ id: job.build, limits: job.limits });
      return await use(new JobSession(run, workspace, outputDir));
    } finally {
      await removeTree(outputDir);
    }
  }

  get job(): Job {
    return this.run.job;
  }

  get context(): JobContext {
    return this.run.context;
  }

  get log(): JobLog {
    return this.run.log;
  }

  /** A failure with this build's paths as the fixed ones: where a builder has its folders is nobody's business. */
  failed(found: Failure): JobFailedError {
    return new JobFailedError({ ...found, message: withFixedPaths(found.message, this.workspace.paths) });
  }

  /** Runs a command; throws for every end that is not the command's own. */
  async command(command: SessionCommand): Promise<SessionCommandEnd> {
    this.run.check();
    const tail = new TailBuffer(STDERR_TAIL_BYTES);
    const end = await this.workspace.run({
      argv: command.argv,
      env: { CARGO_HOME: this.workspace.paths.cargoHome, ...command.env },
      // The root: no folder above it whose `.cargo/config.toml` cargo would read.
      cwd: '/',
      network: command.network ?? false,
      cargoHome: command.cargoHome ?? 'read-only',
      timeoutMs: this.run.remainingMs,
      ...(command.runsCrate === true ? { silenceMs: this.job.limits.silenceMs } : {}),
      signal: this.context.signal,
      onOutput: async (chunk, stream) => {
        if (stream === 'stderr') tail.push(chunk);
        else if (command.onStdout !== undefined) return command.onStdout(chunk);
        return this.log.write(chunk);
      },
    });
    if (end.reason !== 'exited') throw this.run.stopped(end.reason);
    return { ...end, stderr: tail.text() };
  }
}
