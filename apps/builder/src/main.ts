#!/usr/bin/env node
import { readProgram, SentenceError } from '@buildsrs/common';
import { destination, pino } from 'pino';
import { examine } from './doctor.ts';
import { runBuilder } from './run-builder.ts';
import { builderSettings } from './settings.ts';

/** After so many signals nothing is waited for any more. */
const MAX_SIGNALS = 3;

async function main(): Promise<void> {
  const program = readProgram(
    {
      name: 'builds-builder',
      summary:
        'Builds crates for a builds.rs backend: connects, takes jobs, streams logs, uploads artifacts.',
      settings: builderSettings,
      examples: [
        'builds-builder --data /var/lib/builds --generate-key',
        'builds-builder --doctor --executor sandbox --require-safe',
        'builds-builder --backend https://builds.example --data /var/lib/builds --executor docker --slots 4',
      ],
    },
    process.argv.slice(2),
    process.env,
  );
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return;
  }
  if (program.values.doctor) {
    const { report, exitCode } = await examine(program.values, process.env);
    process.stdout.write(report);
    process.exitCode = exitCode;
    return;
  }
  let signals = 0;
  await runBuilder(program.values, {
    environment: process.env,
    logger: pino(
      {
        level: program.values.logLevel,
        base: undefined,
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
      },
      destination({ dest: 2, sync: true }),
    ),
    print: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
    onStop(listener) {
      const on = (signal: NodeJS.Signals, urgency: 'drain' | 'now') =>
        process.on(signal, () => {
          signals += 1;
          if (signals >= MAX_SIGNALS) process.exit(1);
          listener(urgency);
        });
      on('SIGTERM', 'drain');
      on('SIGINT', 'now');
    },
  });
}

try {
  await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
