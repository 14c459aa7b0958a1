#!/usr/bin/env node
import { ProblemError, SentenceError } from '@buildsrs/common';
import { runCli } from './run-cli.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

try {
  process.exitCode = await runCli(process.argv.slice(2), {
    environment: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    signal: abort.signal,
  });
} catch (error) {
  if (SentenceError.is(error)) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else if (ProblemError.is(error)) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  } else if (abort.signal.aborted) {
    process.stderr.write('Stopped; nothing was left behind.\n');
    // 128 and the number of SIGINT, as shells have it.
    process.exitCode = 130;
  } else throw error;
}
