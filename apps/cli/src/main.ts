#!/usr/bin/env node
import { SentenceError } from '@buildsrs/common';
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
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
