import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { openDatabase } from '../connection.ts';
import type { Database } from '../schema.ts';
import { SERVER_VARIABLE, TEMPLATE, withDatabase } from './server-variable.ts';

/** A database of its own for a test, with every migration applied. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Kysely<Database>;
}

/**
 * Makes a database on the server of this run of tests (started by the first to ask, about two seconds; every further
 * one takes some 50 ms). Disposing of it closes its connections and drops it.
 *
 * @param options.maxConnections of `db`. 10 unless given.
 * @param options.empty without any migration applied.
 */
export async function createTestDatabase(
  options: { readonly maxConnections?: number; readonly empty?: boolean } = {},
): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(
    server,
    `create database ${name} template ${options.empty === true ? 'template0' : TEMPLATE}`,
  );
  const url = withDatabase(server, name);
  const { db, close } = openDatabase({
    url,
    maxConnections: options.maxConnections ?? 10,
    applicationName: 'test',
  });
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await close();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}

async function serverUrl(): Promise<string> {
  const front = process.env[SERVER_VARIABLE];
  if (front === undefined)
    throw new Error('There is no test server: run this by vitest with the global set-up.');
  const response = await fetch(front);
  const text = await response.text();
  if (!response.ok) throw new Error(`The test server did not start: ${text}`);
  return text;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: withDatabase(url, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
