import { spawn, type ChildProcess } from 'node:child_process';
import type { BuildLimits } from '@buildsrs/common';
import { CommandWatch } from '../../command-watch.ts';
import type { CommandEnd, StageCommand } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { forwardOutput } from '../shared/forward-output.ts';
import { killWorkspace } from './kill-workspace.ts';
import { pollLimits } from './limit-poll.ts';

/** How long a pipe may be silent that is still open although everything known of the build is dead. */
const PIPE_GRACE_MS = 5_000;

/** Where a command runs. */
export interface CommandPlace {
  readonly folder: string;
  readonly limits: BuildLimits;
  readonly env: Record<string, string>;
}

async function started(child: ChildProcess, program: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  child.once('spawn', () => resolve(undefined));
  child.once('error', (error) => reject(new ExecutorError(`${program} cannot be started: ${error.message}`)));
  await promise;
  return child.pid as number;
}

/**
 * Waits for the rest of the output. A process that left its session with an environment of its own is not found and
 * may hold the pipes open for ever: when nothing more has come for a while, what is there is all.
 */
async function readToTheEnd(reading: Promise<void>, child: ChildProcess, watch: CommandWatch): Promise<void> {
  const timer = setInterval(() => {
    if (watch.idleMs < PIPE_GRACE_MS) return;
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, PIPE_GRACE_MS / 5);
  try {
    await reading;
  } catch (error) {
    // Reading ends with this error where the pipe was closed by us.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Runs one command in a session of its own; when it returns, the session and all that came of it are dead. */
export async function runCommand(command: StageCommand, place: CommandPlace): Promise<CommandEnd> {
  if (command.signal.aborted) return { reason: 'cancelled', exitCode: null, signal: null };
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    cwd: command.cwd,
    env: place.env,
    // A session of its own: a Ctrl-C at our terminal is ours to handle, and the whole group can be killed.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const leader = await started(child, program);
  const kills: Promise<void>[] = [];
  const kill = (): void => {
    const killing = killWorkspace(place.folder, leader);
    killing.catch(() => {});
    kills.push(killing);
  };
  using guards = new DisposableStack();
  const watch = guards.use(new CommandWatch(command, kill));
  guards.use(
    pollLimits({ leader, folder: place.folder, limits: place.limits }, (reason) => watch.stop(reason)),
  );

  const reading = forwardOutput(child, command, watch);
  // A reader that throws ends the command; its error is thrown when all is dead.
  reading.catch(() => kill());
  const end = await exited;
  // What the command left running holds the pipes open, so it is killed before the pipes are read to their end.
  await killWorkspace(place.folder, leader);
  await Promise.all(kills);
  await readToTheEnd(reading, child, watch);
  return { reason: watch.reason ?? 'exited', ...end };
}
