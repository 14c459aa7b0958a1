#!/usr/bin/env node
import { readProgram, SentenceError } from '@buildsrs/common';
import { destination, pino } from 'pino';
import { frontendSettings } from './settings.ts';
import { startFrontend } from './start-frontend.ts';

/** Waits for the first signal to stop; the second one stops at once. */
async function signalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        resolve();
        process.once(signal, () => process.exit(130));
      });
    }
  });
}

async function main(): Promise<void> {
  const program = readProgram(
    {
      name: 'builds-frontend',
      summary: 'The web pages of builds.rs as a process of their own, before a remote backend.',
      settings: frontendSettings,
      examples: ['builds-frontend --backend https://api.builds.example --port 8081'],
    },
    process.argv.slice(2),
    process.env,
  );
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return;
  }
  const log = pino(
    { name: 'frontend', level: program.values.logLevel },
    destination({ dest: 2, sync: true }),
  );
  const stopping = signalled();
  const frontend = await startFrontend(program.values, log);
  process.stdout.write(`${JSON.stringify({ ready: true, url: frontend.url })}\n`);
  await stopping;
  await frontend.stop();
}

try {
  await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
