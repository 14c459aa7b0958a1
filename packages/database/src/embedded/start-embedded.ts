import { SentenceError } from '@buildsrs/common';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findBinaries } from './binaries.ts';
import { lockFolder } from './folder-lock.ts';
import { stopLeftover } from './leftover.ts';
import { makeCluster, SERVER_ROLE, type Cluster } from './make-cluster.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { findServerUser } from './server-user.ts';

/** A PostgreSQL server of our own. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `postgres://…` of the database `buildsrs`, as its superuser; the server listens on 127.0.0.1 only. */
  readonly url: string;
  /** Settled when the server has ended, asked for or not. */
  readonly exited: Promise<void>;
  /** Stops it cleanly and frees its folder. */
  stop(): Promise<void>;
}

/** Where a server's files are, and how it is to run. */
export interface EmbeddedOptions {
  /** Made when missing. */
  readonly dataDir: string;
  /** Any free one unless given. */
  readonly port?: number;
  /** Whether what is committed survives a crash of the machine. `true` unless given; tests say `false`. */
  readonly durable?: boolean;
  /** More settings, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const DATABASE = 'buildsrs';
const FLEETING = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
/** How long a start may take before it is given up: recovery after a crash on a slow disk. */
const START_DEADLINE_MS = 120_000;

/**
 * Starts the PostgreSQL server that comes with us on the files in a folder, making them first when there are none.
 *
 * The folder is locked by a file in it. A server that a killed parent left there is stopped first. As root it runs as
 * an unprivileged user. It ends with us, even when we are killed.
 *
 * @throws {SentenceError} exit code 3, when the folder is in use or the server cannot start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = path.resolve(options.dataDir);
  const lock = await lockFolder(folder);
  try {
    const [binaries, user] = await Promise.all([findBinaries(), findServerUser()]);
    await mkdir(folder, { recursive: true });
    const cluster = await makeCluster({
      folder,
      initdb: binaries.initdb,
      user,
      sync: options.durable !== false,
    });
    await stopLeftover(cluster.directory);
    const logFile = path.join(folder, 'server.log');
    await rename(logFile, `${logFile}.1`).catch(() => {});
    const { server, port } = await startOnPort(options, async (port) => {
      await using log = await open(logFile, 'w');
      const server = await startServerProcess({
        postgres: binaries.postgres,
        cluster: cluster.directory,
        user,
        port,
        settings: { ...(options.durable === false ? FLEETING : {}), ...options.settings },
        logFd: log.fd,
      });
      try {
        await untilReady(server, cluster, port, logFile);
        return server;
      } catch (error) {
        await server.stop();
        throw error;
      }
    });
    const stop = async () => {
      await server.stop();
      await lock.release();
    };
    return {
      url: urlOf(cluster, port, DATABASE),
      exited: server.exited,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const PORT_ATTEMPTS = 5;

/** Starts on the port that was asked for, else on one that is free; another program may take that before we do. */
async function startOnPort(
  options: EmbeddedOptions,
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ readonly server: ServerProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      return { server: await start(port), port };
    } catch (error) {
      const isTaken = SentenceError.is(error) && error.code === 'database-port-taken';
      if (!isTaken || options.port !== undefined || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SERVER_ROLE}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until it answers, and makes our database in it when it is new. */
async function untilReady(
  server: ServerProcess,
  cluster: Cluster,
  port: number,
  logFile: string,
): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    if (server.hasExited() || performance.now() > deadline) throw await startError(logFile);
    // Somebody else may listen there, and never answer.
    const client = new Client({
      connectionString: urlOf(cluster, port, 'postgres'),
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch {
      await sleep(25);
      continue;
    }
    try {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
      return;
    } finally {
      await client.end();
    }
  }
}

/** What the server said last, as a sentence. */
async function startError(logFile: string): Promise<SentenceError> {
  const log = await readFile(logFile, 'utf8');
  if (log.includes('database files are incompatible with server')) {
    return new SentenceError(
      'other-postgres',
      `The database in ${path.dirname(logFile)} was made by another version of PostgreSQL; use the release that made it, or another data folder.`,
      { exitCode: 3 },
    );
  }
  if (log.includes('could not bind')) {
    return new SentenceError(
      'database-port-taken',
      'PostgreSQL did not start: its port is in use by another program; stop that one, or give another port.',
      { exitCode: 3 },
    );
  }
  const reason = log.split('\n').findLast((line) => /(?:FATAL|PANIC|ERROR):/.test(line));
  return new SentenceError(
    'database-not-started',
    `PostgreSQL did not start${reason === undefined ? '' : `: ${reason.replace(/^.*?(?:FATAL|PANIC|ERROR):\s*/, '')}`}; ${logFile} says more.`,
    { exitCode: 3 },
  );
}
