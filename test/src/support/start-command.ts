import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';

const MAIN = fileURLToPath(new URL('../../../apps/standalone/src/main.ts', import.meta.url));

/** A folder of its own for the start command, removed with everything in it. */
export interface StartFolder extends AsyncDisposable {
  readonly folder: string;
  readonly data: string;
}

/** Makes a folder to start in. */
export async function startFolder(): Promise<StartFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'start-command-'));
  return {
    folder,
    data: join(folder, 'data'),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

/** The start command as it runs. */
export interface Started {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** How it is started, beside its arguments. */
export interface StartOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** crates.io instead of the folder of sample crates. */
  readonly cratesIo?: boolean;
}

/** Runs the start command in a folder; without isolation, and with the sample crates as its registry. */
export function start(place: StartFolder, args: readonly string[], options: StartOptions = {}): Started {
  const child = spawn(
    process.execPath,
    [
      MAIN,
      ...args,
      ...(args.some((arg) => arg.startsWith('--executor')) ? [] : ['--executor=process']),
      ...(options.cratesIo === true || args.some((arg) => arg.startsWith('--registry'))
        ? []
        : [`--registry=${FIXTURE_REGISTRY_DIR}`]),
      ...(args.some((arg) => arg.startsWith('--port')) ? [] : ['--port=0']),
      ...(args.some((arg) => arg.startsWith('--data=')) ? [] : [`--data=${place.data}`]),
    ],
    {
      cwd: place.folder,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    pid: child.pid as number,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
  };
}

/** Runs it to its end. */
export async function run(
  place: StartFolder,
  args: readonly string[],
  options: StartOptions = {},
): Promise<{ readonly code: number | string; readonly stdout: string; readonly stderr: string }> {
  const started = start(place, args, options);
  const code = await started.ended;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}
