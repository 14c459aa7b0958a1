import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from './connection.ts';
import { createTestDatabase, seedVersion } from './testing/index.ts';

it('reads whole numbers as numbers and days as text, and keeps keys inside JSON as they are', async () => {
  await using database = await createTestDatabase();
  const { rows } = await sql`
    select 9007199254740991::bigint as big_number, '2026-02-03'::date as some_day, '{"snake_case": 1}'::jsonb as json_value
  `.execute(database.db);
  expect(rows).toEqual([
    { bigNumber: 9_007_199_254_740_991, someDay: '2026-02-03', jsonValue: { snake_case: 1 } },
  ]);
});

it('ends transactions that idle and statements that take too long, by the server', async () => {
  await using database = await createTestDatabase();
  const { rows } = await sql<{ idle: string; statement: string; zone: string }>`
    select current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('statement_timeout') as statement, current_setting('timezone') as zone
  `.execute(database.db);
  expect(rows).toEqual([{ idle: '30s', statement: '1min', zone: 'UTC' }]);
  await using hasty = openDatabase({ url: database.url, statementTimeoutMs: 50 });
  await expect(sql`select pg_sleep(60)`.execute(hasty.db)).rejects.toThrow('statement timeout');
});

it('makes a new connection after the server has cut one', async () => {
  await using database = await createTestDatabase();
  const errors: Error[] = [];
  await using open = openDatabase({
    url: database.url,
    maxConnections: 1,
    onConnectionError: (error) => errors.push(error),
  });
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(open.db);
  await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database.db);
  await expect.poll(() => errors.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await seedVersion(open.db, 'still-there');
});

it.each(['mysql://localhost/x', 'postgres://', 'nonsense'])('refuses %s with a sentence', (url) => {
  expect(() => openDatabase({ url })).toThrow('it looks like postgres://');
});
