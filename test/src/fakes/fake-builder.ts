import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Agent, webSocketConnector } from '@buildsrs/builder/agent';
import { parseTarget, SentenceError } from '@buildsrs/common';
import { parsePrivateKey } from '@buildsrs/protocol/ssh';
import { destination, pino } from 'pino';
import { fakeRunner } from './fake-build.ts';

/**
 * A builder process with the real agent and the real protocol, that only pretends to build:
 * `node fake-builder.ts --backend URL --key FILE [--slots N] [--delay MS] [--target T]… [--log-level LEVEL]`.
 * Prints the builder's ready line, as `apps/builder` does.
 */
const { values } = parseArgs({
  options: {
    backend: { type: 'string' },
    key: { type: 'string' },
    slots: { type: 'string', default: '4' },
    delay: { type: 'string', default: '100' },
    target: { type: 'string', multiple: true, default: ['x86_64-unknown-linux-gnu'] },
    'log-level': { type: 'string', default: 'info' },
  },
});
if (values.backend === undefined || values.key === undefined)
  throw new Error('--backend and --key are needed');

const targets = values.target.map(parseTarget);
const agent = new Agent({
  connect: webSocketConnector(values.backend),
  key: parsePrivateKey(readFileSync(values.key, 'utf8')),
  capabilities: {
    targets,
    kinds: ['metadata', 'binary'],
    executor: 'process',
    isolation: 'none',
    slots: Number(values.slots),
  },
  software: 'fake-builder/0',
  runner: fakeRunner(Number(values.delay)),
  logger: pino({ level: values['log-level'], base: undefined }, destination({ dest: 2, sync: true })),
  onWelcome: ({ builder }) => process.stdout.write(`${JSON.stringify({ ready: true, builder, targets })}\n`),
});
process.on('SIGTERM', () => void agent.stop(10_000));
process.on('SIGINT', () => void agent.stop(0));
try {
  await agent.run();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
