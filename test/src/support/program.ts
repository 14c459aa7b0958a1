import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A program of ours running as a process of its own. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Its ready line. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** What it wrote to standard error so far. */
  readonly log: () => string;
  /** Waits until it has ended; gives its exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** Starts a program by its source and waits for its ready line. Fails with what it wrote when it ends before. */
export async function startProgram(
  source: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(process.execPath, [source, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // Enough to explain a failure, not a second copy of everything.
    log = `${log}${text}`.slice(-65_536);
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, unknown>);
    });
    ended.then(
      (code) => reject(new Error(`${source} ended with ${code} before it was ready:\n${log}`)),
      reject,
    );
  });
  return {
    child,
    ready,
    log: () => log,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
