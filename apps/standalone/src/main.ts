#!/usr/bin/env node
import { readProgram, SentenceError } from '@buildsrs/common';
import { runStandalone } from './run-standalone.ts';
import { standaloneUsage } from './settings.ts';
import { painterOf } from './view/format.ts';
import { LiveView } from './view/live-view.ts';
import { PlainView } from './view/plain-view.ts';
import { parseWantedCrates } from './wanted-crate.ts';

/** The first signal stops in order; the second does not wait. Our programs end with us either way. */
function interruption(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(130);
      abort.abort();
    });
  }
  return abort.signal;
}

async function main(): Promise<number> {
  const program = readProgram(standaloneUsage, process.argv.slice(2), process.env);
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return 0;
  }
  const wanted = parseWantedCrates(program.positionals);
  const settings = program.values;
  if (settings.once && wanted.length === 0) {
    throw new SentenceError(
      'bad-usage',
      '--once needs a crate to build, as in `pnpm start ripgrep --once`.',
      {
        exitCode: 2,
      },
    );
  }
  const stream = settings.json ? process.stderr : process.stdout;
  const paint = painterOf(stream);
  const signal = interruption();
  using view =
    stream.isTTY && process.env['TERM'] !== 'dumb'
      ? new LiveView(stream, paint)
      : new PlainView((text) => stream.write(text));
  signal.addEventListener('abort', () => view.print('', '  Stopping…'), { once: true });
  return await runStandalone(settings, wanted, {
    environment: process.env,
    view,
    paint,
    printJson: (line) => void (settings.json && process.stdout.write(`${line}\n`)),
    signal,
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
