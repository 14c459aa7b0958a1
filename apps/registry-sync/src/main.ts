#!/usr/bin/env node
import { readProgram, SentenceError } from '@buildsrs/common';
import { useEnvironmentProxy } from '@buildsrs/registry';
import { pino } from 'pino';
import { asDatabaseSentence } from './database-error.ts';
import { runSync } from './run-sync.ts';
import { syncSettings } from './settings.ts';

const usage = {
  name: 'builds-registry-sync',
  summary: 'Reads crates, versions and yanks from an index into the database of builds.rs.',
  settings: syncSettings,
  positionals: '[CRATE…]',
  examples: [
    'builds-registry-sync --database postgres://localhost/builds --once ripgrep hexyl',
    'builds-registry-sync --registry ./crates.io-index.git --wanted newest --interval 2m',
  ],
};

async function main(): Promise<number> {
  const program = readProgram(usage, process.argv.slice(2), process.env);
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return 0;
  }
  useEnvironmentProxy(process.env);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second signal does not wait for what is under way.
      if (stop.signal.aborted) process.exit(130);
      stop.abort(new Error('stopped'));
    });
  }
  return await runSync(program.values, program.positionals, {
    log: pino(
      { name: 'registry-sync', level: program.values.logLevel },
      pino.destination({ dest: 2, sync: true }),
    ),
    signal: stop.signal,
    print: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
    tell: (sentence) => process.stderr.write(`${sentence}\n`),
  });
}

try {
  process.exitCode = await main();
} catch (thrown) {
  const error = asDatabaseSentence(thrown);
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
