import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../connection.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import { migrateUp } from '../migrate.ts';
import { SERVER_VARIABLE, TEMPLATE, withDatabase } from './server-variable.ts';

/*
 * One PostgreSQL server for a run of tests, which belongs to this process, the runner's, and not to a worker's. It is
 * started by the first test that asks for a database, so that runs without one cost nothing.
 */

/** Where to ask for a server's URL: a running server may be given instead, to run the tests on another PostgreSQL. */
const GIVEN_VARIABLE = 'BUILDSRS_TEST_POSTGRES';

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

async function startServer(): Promise<Server> {
  const given = process.env[GIVEN_VARIABLE];
  if (given !== undefined) return { url: given, stop: async () => {} };
  const dataDir = await mkdtemp(path.join(tmpdir(), 'buildsrs-test-postgres-'));
  // As root the server runs as another user, who is to come through here.
  await chmod(dataDir, 0o755);
  const server = await startEmbedded({
    dataDir,
    durable: false,
    settings: { max_connections: '400', shared_buffers: '64MB', log_min_messages: 'fatal' },
  });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A database that has every migration; each test file gets a copy of it. */
async function makeTemplate(server: Server): Promise<void> {
  {
    await using main = openDatabase({ url: server.url, maxConnections: 1 });
    await sql`drop database if exists ${sql.id(TEMPLATE)}`.execute(main.db);
    await sql`create database ${sql.id(TEMPLATE)}`.execute(main.db);
  }
  await using template = openDatabase({ url: withDatabase(server.url, TEMPLATE), maxConnections: 2 });
  await migrateUp(template.db);
}

export async function setup(): Promise<() => Promise<void>> {
  let starting: Promise<Server> | undefined;
  const front = createServer((_request, response) => {
    starting ??= startServer().then(async (server) => {
      await makeTemplate(server);
      return server;
    });
    starting.then(
      (server) => response.end(server.url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => front.once('listening', resolve));
  process.env[SERVER_VARIABLE] = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return async () => {
    front.closeAllConnections();
    front.close();
    await (await starting?.catch(() => undefined))?.stop();
  };
}
