import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SentenceError, type SettingsValues } from '@buildsrs/common';
import {
  caBundleOf,
  dockerOptionsOf,
  openExecutor,
  readToolchain,
  runJob,
  vmOptionsOf,
} from '@buildsrs/executor';
import { makeKeyFile, readKeyFile, type KeyFileOptions } from '@buildsrs/protocol/key-file';
import { fingerprintOf, formatPublicKey } from '@buildsrs/protocol/ssh';
import type { Logger } from 'pino';
import { Agent, spaceOf, webSocketConnector } from './agent/index.ts';
import { readSchedulerKey } from './scheduler-key.ts';
import { minimumFreeOf, type builderSettings } from './settings.ts';

type Values = SettingsValues<typeof builderSettings>;

/** What a builder has of the process it runs in. */
export interface BuilderProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Writes one line of JSON to standard output. */
  print(value: object): void;
  /** Calls at every signal to stop: `now` when a person typed Ctrl-C. */
  onStop(listener: (signal: 'drain' | 'now') => void): void;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const keyFileOptions = ({ logger }: BuilderProcess): KeyFileOptions => ({
  advice: 'Make one with --generate-key, and have its public key enrolled at the backend.',
  warn: (sentence) => logger.warn(sentence),
});

/** Makes a key when there is none and says what is to be enrolled. */
async function printKey(path: string, host: BuilderProcess): Promise<void> {
  const { publicKey } = await makeKeyFile(path, keyFileOptions(host));
  host.print({ key: path, publicKey: formatPublicKey(publicKey), fingerprint: fingerprintOf(publicKey) });
}

async function makeDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new SentenceError(
      'no-data-folder',
      `The data folder ${path} cannot be made: ${(error as Error).message}.`,
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
  return resolve(path);
}

/** Runs a builder from its settings until it is told to stop. @throws {SentenceError} */
export async function runBuilder(values: Values, host: BuilderProcess): Promise<void> {
  const { environment, logger } = host;
  const keyFile = values.key ?? join(values.data, 'key');
  if (values.generateKey) {
    await printKey(keyFile, host);
    return;
  }
  const key = await readKeyFile(keyFile, keyFileOptions(host));
  const schedulerKey = values.schedulerKey === undefined ? undefined : readSchedulerKey(values.schedulerKey);
  const dataDir = await makeDataDir(values.data);
  const { executor, allowUnsandboxed } = values;
  const caBundle = caBundleOf(values.caBundle, environment);
  await using driver = await openExecutor({
    executor,
    allowUnsandboxed,
    caBundle,
    dataDir,
    environment,
    docker: dockerOptionsOf(values),
    vm: vmOptionsOf(values),
    requireSafe: values.requireSafe,
    onProgress: (line) => logger.info({ line }, 'preparing the executor'),
  });
  const toolchain = await readToolchain(driver);
  const targets = values.target.length > 0 ? values.target : [toolchain.host];
  logger.info(
    { executor, isolation: driver.capabilities.isolation, rustc: toolchain.rustc, targets },
    'executor ready',
  );

  let ready = false;
  const agent = new Agent({
    connect: webSocketConnector(values.backend),
    key,
    expectServer: values.expectServer,
    schedulerKey,
    disk: { look: async () => await spaceOf(dataDir), minimum: minimumFreeOf(values.minFree) },
    software: `builds-builder/${version}`,
    logger,
    capabilities: {
      targets,
      kinds: values.kind.length > 0 ? values.kind : ['metadata', 'binary'],
      executor,
      isolation: driver.capabilities.isolation,
      slots: values.slots,
    },
    runner: (job, context) =>
      runJob(job, { ...context, driver, dataDir, builderVersion: `builds-builder/${version}` }),
    onWelcome: ({ builder }) => {
      if (!ready) host.print({ ready: true, builder, targets });
      ready = true;
    },
  });
  let stops = 0;
  host.onStop((signal) => {
    stops += 1;
    void agent.stop(signal === 'now' || stops > 1 ? 0 : values.drainTimeout);
  });
  logger.info({ backend: values.backend, fingerprint: fingerprintOf(key.publicKey) }, 'connecting');
  await agent.run();
}
