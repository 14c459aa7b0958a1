import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SentenceError } from '@buildsrs/common';
import { type Run, stepsBetween } from './steps.ts';

/** Runs `cargo install` with an empty download cache and an empty target folder. */
export async function runCargo(options: {
  readonly crate: string;
  readonly version: string;
  readonly dir: string;
}): Promise<Run> {
  const { crate, version, dir } = options;
  const began = performance.now();
  const child = spawn(
    'cargo',
    // `--locked`, as ours builds with the published lock file too.
    ['install', crate, '--version', `=${version}`, '--locked', '--root', join(dir, 'root')],
    {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        CARGO_HOME: join(dir, 'cargo'),
        CARGO_TERM_COLOR: 'never',
        CARGO_TERM_PROGRESS_WHEN: 'never',
      },
    },
  );
  const exited = once(child, 'exit');
  let compilesAt: number | undefined;
  let finishedAt: number | undefined;
  const last: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    if (/^\s*Compiling /.test(line)) compilesAt ??= performance.now();
    if (/^\s*Finished /.test(line)) finishedAt = performance.now();
    last.push(line);
    if (last.length > 20) last.shift();
  }
  const [code] = await exited;
  const ended = performance.now();
  if (code !== 0) throw new SentenceError('cargo-failed', `cargo install failed:\n${last.join('\n')}`);
  const steps = stepsBetween(began, [
    ['index, download', compilesAt],
    ['compile', finishedAt],
    ['install', ended],
  ]);
  return { version, totalMs: ended - began, steps };
}
