import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The frontend as a process of its own. */
export interface RunningFrontend extends AsyncDisposable {
  /** The first line on standard output; rejects when the process ends without one. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Starts it with these arguments and nothing of ours in its environment. */
export function runFrontend(args: readonly string[]): RunningFrontend {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('BUILDSRS_')),
  );
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  const lines = createInterface({ input: child.stdout });
  const firstLine = Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    ended.then(() => {
      throw new Error(`the frontend ended without a line: ${stderr}`);
    }),
  ]);
  firstLine.catch(() => {});
  return {
    firstLine,
    ended,
    signal: (signal) => {
      child.kill(signal);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
