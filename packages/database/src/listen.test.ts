import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { listen } from './listen.ts';
import { requestTask } from './queries/tasks/request-task.ts';
import { createTestDatabase, seedVersion, TEST_TARGET } from './testing/index.ts';

it('tells of tasks by status and target, once a statement', async () => {
  await using database = await createTestDatabase();
  const heard: string[] = [];
  await using listener = listen(database.url, ['tasks'], (channel, payload) =>
    heard.push(`${channel}: ${payload}`),
  );
  await listener.ready;
  const versionId = await seedVersion(database.db, 'heard');
  await requestTask(database.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  await expect.poll(() => heard, { timeout: 30_000 }).toEqual([`tasks: pending ${TEST_TARGET}`]);
});

it('connects again when its connection is cut, and says that something may have been missed', async () => {
  await using database = await createTestDatabase();
  const heard: (string | undefined)[] = [];
  await using listener = listen(database.url, ['builds'], (_channel, payload) => heard.push(payload));
  await listener.ready;
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'builds.rs listener'
  `.execute(database.db);
  await expect.poll(() => heard, { timeout: 30_000 }).toEqual([undefined]);
  await sql`select pg_notify('builds', 'again')`.execute(database.db);
  await expect.poll(() => heard, { timeout: 30_000 }).toEqual([undefined, 'again']);
});

it('stops while there is nothing to connect to', async () => {
  const listener = listen('postgres://nobody@127.0.0.1:1/none', ['tasks'], () => {});
  await listener.close();
  await expect(listener.ready).resolves.toBeUndefined();
});
