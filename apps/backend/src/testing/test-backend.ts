import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@buildsrs/database/testing';
import pino, { type Logger } from 'pino';
import { createApp } from '../app.ts';
import { createContext } from '../create-context.ts';
import type { Context } from '../context.ts';
import { startBackend, type Backend } from '../start-backend.ts';
import { testSettings } from './test-settings.ts';

/** How a backend under test differs from a usual one. */
export interface TestBackendOptions {
  readonly flags?: readonly string[];
  readonly log?: Logger;
}

/** A place for backends: a database and a storage folder of their own. */
export interface TestHouse extends AsyncDisposable {
  readonly database: string;
  readonly storage: string;
  readonly db: Context['db'];
}

/** Makes the place; disposing of it removes both. */
export async function createTestHouse(): Promise<TestHouse> {
  const database = await createTestDatabase();
  const storage = await mkdtemp(join(tmpdir(), 'buildsrs-backend-'));
  return {
    database: database.url,
    storage,
    db: database.db,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await rm(storage, { recursive: true, force: true });
    },
  };
}

/** Something that answers requests. */
export interface Answering extends AsyncDisposable {
  readonly context: Context;
  /** `path` begins with a slash. Redirects are not followed. */
  request(path: string, init?: RequestInit): Promise<Response>;
}

const silent = (): Logger => pino({ level: 'silent' });

/** The app in memory: no socket, no builders, no chores. */
export async function createMemoryBackend(
  house: TestHouse,
  options: TestBackendOptions = {},
): Promise<Answering> {
  const settings = testSettings({
    ...house,
    flags: ['--public-url', 'http://builds.test', ...(options.flags ?? [])],
  });
  const opened = await createContext(settings, options.log ?? silent());
  const app = createApp(opened.context);
  return {
    context: opened.context,
    request: async (path, init) => await app.request(path, init),
    async [Symbol.asyncDispose]() {
      opened.stop();
      await opened.close();
    },
  };
}

/** The whole backend over a socket of its own. */
export async function startTestBackend(
  house: TestHouse,
  options: TestBackendOptions = {},
): Promise<Backend & Answering> {
  const settings = testSettings({ ...house, flags: options.flags ?? [] });
  const backend = await startBackend(settings, options.log ?? silent());
  return {
    ...backend,
    request: async (path, init) => await fetch(`${backend.url}${path}`, { redirect: 'manual', ...init }),
  };
}
