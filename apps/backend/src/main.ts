import { readProgram, SentenceError } from '@buildsrs/common';
import pino, { type Logger } from 'pino';
import { backendSettings } from './settings.ts';
import { startBackend } from './start-backend.ts';

const usage = {
  name: 'builds-backend',
  summary: 'The backend of builds.rs: REST, downloads, builders and the web pages.',
  settings: backendSettings,
  examples: ['builds-backend --database postgres://localhost/builds --storage ./storage --port 8080'],
};

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

/** The HTTP adapter tells of broken answers by the console; standard output is for the ready line alone. */
function routeConsole(log: Logger): void {
  const told = (message: unknown): void => log.info({ err: message }, 'an answer broke off');
  Object.assign(globalThis.console, { info: told, error: told });
}

async function main(): Promise<void> {
  const program = readProgram(usage, process.argv.slice(2), process.env);
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return;
  }
  const settings = program.values;
  const log = pino(
    { name: 'backend', level: settings.logLevel, redact: ['*.token', '*.authorization'] },
    pino.destination({ dest: 2, sync: true }),
  );
  routeConsole(log);
  const stopping = signalled();
  const backend = await startBackend(settings, log);
  process.stdout.write(`${JSON.stringify({ ready: true, url: backend.url })}\n`);
  await stopping;
  await backend.stop();
}

try {
  await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
