import type { ExecutorName, Target } from '@buildsrs/common';
import { SentenceError } from '@buildsrs/common';
import { formatPublicKey } from '@buildsrs/protocol/ssh';
import { lockFolder, migrateUp, openDatabase, startEmbedded } from '@buildsrs/database';
import path from 'node:path';
import { adopt } from '../adopt.ts';
import type { OpenRegistry } from '../registry/open-registry.ts';
import { standaloneSettings, type StandaloneSettings } from '../settings.ts';
import { shownPath } from '../view/format.ts';
import type { View } from '../view/view.ts';
import { enrolLocalBuilder, ensureKey, giveUpInterrupted } from './builder-key.ts';
import { choosePort } from './choose-port.ts';
import { candidateExecutors } from './executors.ts';
import { offeredTargets } from './installed-targets.ts';
import { startProgram, type Program, type ProgramOptions } from './program.ts';

/** The builder that runs. */
export interface RunningBuilder {
  readonly executor: ExecutorName;
  readonly targets: readonly string[];
}

/** All of builds.rs, running on this machine. */
export interface House {
  /** Where the backend is, once it answers. */
  readonly url: Promise<string>;
  /** The folder the artifacts are in, where they are in one. */
  readonly storeFolder: string | undefined;
  readonly builder: Promise<RunningBuilder>;
  /** Rejected when a server ends that should not. */
  readonly broken: Promise<never>;
  /** Starts `registry-sync --once` for some crates. */
  startSync(registry: OpenRegistry, crates: readonly string[]): Promise<Program>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of our programs: ours, without the variables that are this command's own. */
function programEnvironment(environment: Environment, database: string): Environment {
  const own = new Set(
    Object.keys(standaloneSettings).map(
      (name) => `BUILDSRS_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
    ),
  );
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name))),
    // By a variable, as everybody can read the flags of a process.
    BUILDSRS_DATABASE: database,
  };
}

/**
 * Starts everything, in the order it needs: the folder's lock, PostgreSQL, then backend and builder side by side. All of
 * it is put on `stack`, which stops it in the reverse order.
 */
export async function startHouse(
  settings: StandaloneSettings,
  context: { readonly environment: Environment; readonly view: View; readonly stack: AsyncDisposableStack },
): Promise<House> {
  const { environment, view, stack } = context;
  const data = path.resolve(settings.data);
  stack.use(await lockFolder(data));
  const port = await choosePort(settings.port);
  const databaseUrl = await startDatabase(settings, data, context);
  const key = path.join(data, 'builder', 'key');
  await prepareDatabase(databaseUrl, key);
  const schedulerKey = path.join(data, 'scheduler-key');
  const scheduler = formatPublicKey((await ensureKey(schedulerKey, 'builds.rs scheduler')).publicKey);

  const env = programEnvironment(environment, databaseUrl);
  const logDir = path.join(data, 'logs');
  const { promise: broken, reject: breaks } = Promise.withResolvers<never>();
  broken.catch(() => {});
  const start = async (options: Omit<ProgramOptions, 'env' | 'logDir'>): Promise<Program> =>
    await adopt(stack, await startProgram({ ...options, env, logDir }));
  const watch = (program: Program) => void program.ended.then(() => breaks(program.endError()));

  view.starting('backend');
  view.starting('builder');
  const storage = settings.storage ?? path.join(data, 'storage');
  const backend = await start({
    name: 'backend',
    args: [
      ...['--storage', storage, '--host', '127.0.0.1', '--port', String(port), '--request-rate', '1000000'],
      `--scheduler-key=${schedulerKey}`,
      ...(settings.overrides === undefined ? [] : [`--overrides=${path.resolve(settings.overrides)}`]),
    ],
    stopSignal: 'TERM',
  });
  const url = backend.ready.then((ready) => {
    watch(backend);
    view.started('backend', String(ready['url']));
    return String(ready['url']);
  });
  // A builder tries until the backend answers, so it need not wait where the address is known.
  const builder = (port === 0 ? url : Promise.resolve(`http://127.0.0.1:${port}`)).then(
    async (backendUrl) =>
      await startBuilder(settings, {
        environment,
        view,
        start,
        url: backendUrl,
        data,
        key,
        scheduler,
        watch,
      }),
  );
  for (const promise of [url, builder]) promise.catch(() => {});
  return {
    url,
    storeFolder: storage.includes('://') ? undefined : storage,
    builder,
    broken,
    startSync: async (registry, crates) =>
      await start({
        name: 'registry-sync',
        args: [...registry.syncArgs, '--once', '--wanted', 'none', '--', ...crates],
        stopSignal: 'TERM',
      }),
  };
}

async function startDatabase(
  settings: StandaloneSettings,
  data: string,
  { view, stack }: { readonly view: View; readonly stack: AsyncDisposableStack },
): Promise<string> {
  if (settings.database !== undefined) return settings.database;
  view.starting('database');
  const dataDir = path.join(data, 'postgres');
  const server = await adopt(stack, await startEmbedded({ dataDir }));
  view.started('database', `PostgreSQL in ${shownPath(dataDir)}`);
  return server.url;
}

/** Brings the schema up, admits this machine's builder, and gives up what it left when it was killed. */
async function prepareDatabase(url: string, keyFile: string): Promise<void> {
  await using open = openDatabase({ url, maxConnections: 2, applicationName: 'builds.rs start' });
  try {
    await migrateUp(open.db);
  } catch (error) {
    if (SentenceError.is(error)) throw error;
    throw new SentenceError(
      'database-unreachable',
      `The database cannot be used (${(error as Error).message}); check the URL given by --database.`,
      { exitCode: 3, cause: error },
    );
  }
  await giveUpInterrupted(open.db, await enrolLocalBuilder(open.db, await ensureKey(keyFile)));
}

interface BuilderStart {
  readonly environment: Environment;
  readonly view: View;
  readonly start: (options: Omit<ProgramOptions, 'env' | 'logDir'>) => Promise<Program>;
  readonly url: string;
  readonly data: string;
  readonly key: string;
  /** The line of the key that signs the jobs: the builder takes no others. */
  readonly scheduler: string;
  readonly watch: (program: Program) => void;
}

/** Starts the builder with the executor that was asked for, or the first of those this machine has that works. */
async function startBuilder(settings: StandaloneSettings, context: BuilderStart): Promise<RunningBuilder> {
  const candidates =
    settings.executor === undefined ? await candidateExecutors(context.environment) : [settings.executor];
  let refusal: SentenceError | undefined;
  for (const executor of candidates) {
    const targets = await offeredTargets(settings.target, executor, context.environment);
    let isReady = false;
    const builder = await context.start({
      ...builderOptions(executor, targets, context),
      onMessage: (message) => {
        if (!isReady) context.view.starting('builder', message);
      },
    });
    try {
      const ready = await builder.ready;
      isReady = true;
      context.watch(builder);
      const offered = Array.isArray(ready['targets']) ? ready['targets'].map(String) : targets;
      context.view.started('builder', `${offered.join(', ')}, ${EXECUTOR_WORDS[executor] ?? executor}`);
      return { executor, targets: offered };
    } catch (error) {
      // Exit code 3: this machine lacks what the executor needs.
      if (!SentenceError.is(error) || error.exitCode !== 3) throw error;
      refusal = error;
      if (executor !== candidates.at(-1)) context.view.print(`    ${error.message}`);
    }
  }
  throw refusal ?? new SentenceError('no-executor', 'There is no executor.', { exitCode: 3 });
}

const EXECUTOR_WORDS: Readonly<Record<string, string>> = {
  docker: 'in Docker containers',
  sandbox: 'in a sandbox (bubblewrap)',
  process: 'without isolation',
  vm: 'in virtual machines',
};

function builderOptions(executor: ExecutorName, targets: readonly Target[], context: BuilderStart) {
  const { url, data, key, scheduler } = context;
  return {
    name: 'builder',
    args: [
      `--backend=${url}`,
      `--key=${key}`,
      `--scheduler-key=${scheduler}`,
      // Whoever starts this waits for it: better a build that finds no room than one that never begins.
      '--min-free=1G',
      `--data=${path.join(data, 'builder')}`,
      `--executor=${executor}`,
      ...(executor === 'process' ? ['--allow-unsandboxed'] : []),
      ...targets.flatMap((target) => ['--target', target]),
    ],
    stopSignal: 'INT' as const,
  };
}
