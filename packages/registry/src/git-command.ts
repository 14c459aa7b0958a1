import { SentenceError } from '@buildsrs/common';
import { spawn } from 'node:child_process';

/** Settings that keep `git` from asking people, and from throwing away commits that cursors name. */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
const CONFIG = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false', '-c', 'core.quotePath=false'];

/** What `git` said. */
export interface GitOutput {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs `git` without a shell.
 *
 * @throws {SentenceError} `no-git`, exit code 3, when there is none.
 */
export async function runGit(args: readonly string[], signal?: AbortSignal): Promise<GitOutput> {
  return await new Promise((resolve, reject) => {
    const child = spawn('git', [...CONFIG, ...args], {
      env: { ...process.env, ...ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = `${stderr}${chunk.toString('utf8')}`.slice(-4_096);
    });
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      reject(
        missing
          ? new SentenceError(
              'no-git',
              'A git index needs the program git. Install it, or use a sparse index.',
              {
                exitCode: 3,
                cause: error,
              },
            )
          : error,
      );
    });
    child.once('close', (code) => resolve({ status: code ?? 1, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** Runs `git` and holds it to succeed. @throws {SentenceError} `git-failed` with the last line git wrote. */
export async function git(args: readonly string[], signal?: AbortSignal): Promise<string> {
  const output = await runGit(args, signal);
  if (output.status === 0) return output.stdout.toString('utf8');
  const reason = output.stderr.trim().split('\n').at(-1) ?? '';
  throw new SentenceError('git-failed', `git could not read the index: ${reason.slice(0, 300)}`);
}
