import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandWatch, type StopReason } from '../../command-watch.ts';
import type { CommandEnd, StageCommand } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { readProcess } from '../../process-table.ts';
import { endOfExitCode } from '../shared/command-end.ts';
import { forwardOutput } from '../shared/forward-output.ts';
import { inheritedFiles } from '../shared/inherited-files.ts';
import type { LimitWatch } from '../shared/limit-watch.ts';
import { TOOL_PATH } from '../shared/run-tool.ts';
import { until } from '../shared/until.ts';
import { killHard } from '../shared/user-processes.ts';
import { INFO_FD, SECCOMP_FD } from './bwrap-args.ts';

/** How long the kernel may take to end a namespace's processes; only one stuck in the kernel takes this long. */
const KILL_DEADLINE_MS = 60_000;

/** The number of the sandbox's first process on the host. When that has ended, so has all of its process namespace. */
async function readFirstPid(stream: Readable): Promise<number | undefined> {
  const info = await text(stream).catch(() => '');
  const pid = Number(/"child-pid":\s*(\d+)/.exec(info)?.[1]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/**
 * Whether the first process has ended. As a zombie it has, however long the machine's init takes to reap it: the kernel
 * ends all others before (pid_namespaces(7)).
 */
function hasEnded(pid: number, startTime: number | undefined): boolean {
  const entry = readProcess(pid);
  return entry === undefined || entry.zombie || entry.startTime !== startTime;
}

/** Starts the launch with three standard files, the two bubblewrap is told of, and nothing else that is open here. */
function launch([program, ...args]: readonly [string, ...string[]]): ChildProcess {
  const nothing = openSync('/dev/null', 'r');
  try {
    const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'];
    for (const fd of inheritedFiles()) if (fd > INFO_FD) stdio[fd] = nothing;
    return spawn(program, args, {
      env: { PATH: TOOL_PATH },
      cwd: '/',
      // A session of its own: a Ctrl-C at our terminal is ours to handle.
      detached: true,
      stdio: Array.from(stdio, (entry) => entry ?? 'ignore'),
    });
  } finally {
    closeSync(nothing);
  }
}

async function spawned(child: ChildProcess, program: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', () => resolve());
  child.once('error', (error) => reject(new ExecutorError(`${program} cannot be started: ${error.message}`)));
  await promise;
}

/** Runs one command in a sandbox; when it returns, every process of the sandbox is gone. */
export async function runInSandbox(
  command: StageCommand,
  place: {
    readonly argv: readonly [string, ...string[]];
    readonly filter: Buffer;
    readonly watchLimits: (leader: number, stop: (reason: StopReason) => void) => Promise<LimitWatch>;
  },
): Promise<CommandEnd> {
  if (command.signal.aborted) return { reason: 'cancelled', exitCode: null, signal: null };
  const child = launch(place.argv);
  const [program] = place.argv;
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + 9));
  });
  await spawned(child, program);
  const filterPipe = child.stdio[SECCOMP_FD] as Writable;
  // A launch that failed early does not read it; how it failed is told by its exit.
  filterPipe.on('error', () => {});
  filterPipe.end(place.filter);
  const first = readFirstPid(child.stdio[INFO_FD] as Readable).then((pid) =>
    pid === undefined ? undefined : { pid, startTime: readProcess(pid)?.startTime },
  );

  using guards = new DisposableStack();
  // bubblewrap ends all its own when it dies, and is the parent of the first process inside, which ends all others.
  const watch = guards.use(new CommandWatch(command, () => killHard(child.pid as number)));
  const limits = guards.use(await place.watchLimits(child.pid as number, (reason) => watch.stop(reason)));
  const reading = forwardOutput(
    { stdout: child.stdout as Readable, stderr: child.stderr as Readable },
    command,
    watch,
  );
  // A reader that throws ends the command; its error is thrown when all is dead.
  reading.catch(() => killHard(child.pid as number));
  const code = await exited;
  const init = await first;
  if (init !== undefined) {
    const ended = await until(() => {
      if (hasEnded(init.pid, init.startTime)) return true;
      killHard(init.pid);
      return false;
    }, KILL_DEADLINE_MS);
    if (!ended) throw new ExecutorError('A process of a build cannot be killed; it is stuck in the kernel.');
  }
  await reading;
  if (init === undefined && watch.reason === undefined)
    throw new ExecutorError(`The sandbox could not be made (exit code ${code}); the log says why.`);
  const end =
    watch.reason === undefined ? endOfExitCode(code) : { exitCode: null, signal: 'SIGKILL' as const };
  const reason = watch.reason ?? (code === 0 ? undefined : await limits.verdict()) ?? 'exited';
  return { reason, ...end };
}
