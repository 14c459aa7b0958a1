import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { BuildLimits } from '@buildsrs/common';
import { CommandWatch } from '../../command-watch.ts';
import type { CommandEnd, StageCommand } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { killWorkspace } from './kill-workspace.ts';
import { pollLimits } from './limit-poll.ts';

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
    kills.push(killWorkspace(place.folder, leader));
  };
  using guards = new DisposableStack();
  const watch = guards.use(new CommandWatch(command, kill));
  guards.use(
    pollLimits({ leader, folder: place.folder, limits: place.limits }, (reason) => watch.stop(reason)),
  );

  const read = async (stream: Readable, name: 'stdout' | 'stderr'): Promise<void> => {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      watch.sawOutput();
      await command.onOutput(chunk, name);
    }
  };
  const reading = Promise.all([read(child.stdout, 'stdout'), read(child.stderr, 'stderr')]);
  // A reader that throws ends the command; its error is thrown when all is dead.
  reading.catch(() => kill());
  const end = await exited;
  // What the command left running holds the pipes open, so it is killed before the pipes are read to their end.
  await killWorkspace(place.folder, leader);
  await Promise.all(kills);
  await reading;
  return { reason: watch.reason ?? 'exited', ...end };
}
