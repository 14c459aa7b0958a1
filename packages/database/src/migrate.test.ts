import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from './connection.ts';
import { assertSchema, migrateDown, migrateUp, schemaStatus } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { createTestDatabase } from './testing/index.ts';

const NAMES = Object.keys(MIGRATIONS);

async function objectsOf(db: Awaited<ReturnType<typeof createTestDatabase>>['db']): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relkind::text || ' ' || relname as name from pg_class where relnamespace = 'public'::regnamespace
    union all select 'function ' || proname from pg_proc
      where pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'd'
    order by 1
  `.execute(db);
  return rows.map((row) => row.name).filter((name) => !name.includes('kysely_migration'));
}

it('goes up, down to nothing, and up again to the same', async () => {
  await using database = await createTestDatabase({ empty: true });
  expect(await migrateUp(database.db)).toEqual(NAMES);
  const full = await objectsOf(database.db);
  expect(full).toContain('r tasks');
  for (const name of NAMES.toReversed()) expect(await migrateDown(database.db)).toEqual([name]);
  expect(await objectsOf(database.db)).toEqual([]);
  expect(await migrateDown(database.db)).toEqual([]);
  expect(await migrateUp(database.db)).toEqual(NAMES);
  expect(await objectsOf(database.db)).toEqual(full);
});

it('is done once when many programs start at the same time', async () => {
  await using database = await createTestDatabase({ empty: true });
  const starters = Array.from({ length: 6 }, () => openDatabase({ url: database.url, maxConnections: 2 }));
  const applied = await Promise.all(starters.map(async ({ db }) => await migrateUp(db)));
  await Promise.all(starters.map(async (starter) => await starter.close()));
  expect(applied.flat()).toEqual(NAMES);
});

it('refuses a schema of a newer release with a sentence, and changes nothing', async () => {
  await using database = await createTestDatabase();
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`.execute(database.db);
  const refused = {
    name: 'SentenceError',
    code: 'newer-schema',
    exitCode: 3,
    message: expect.stringContaining('newer release'),
  };
  await expect(migrateUp(database.db)).rejects.toMatchObject(refused);
  await expect(migrateDown(database.db)).rejects.toMatchObject(refused);
  await expect(assertSchema(database.db)).rejects.toMatchObject(refused);
  expect(await schemaStatus(database.db)).toEqual({
    applied: [...NAMES, '9999-later'],
    pending: [],
    unknown: ['9999-later'],
  });
});

it('tells a program that does not migrate what to do about an older schema', async () => {
  await using database = await createTestDatabase({ empty: true });
  await expect(assertSchema(database.db)).rejects.toMatchObject({
    code: 'older-schema',
    message: expect.stringContaining('cli.ts migrate'),
  });
  await migrateUp(database.db);
  await assertSchema(database.db);
});

it('takes back all of a migration that fails half-way', async () => {
  await using database = await createTestDatabase();
  const broken = {
    ...MIGRATIONS,
    '0999-broken': {
      async up(db: typeof database.db) {
        await sql`create table half_way ()`.execute(db);
        await sql`select no_such_column`.execute(db);
      },
    },
  };
  await expect(migrateUp(database.db, broken)).rejects.toThrow('no_such_column');
  expect(await objectsOf(database.db)).not.toContain('r half_way');
  expect((await schemaStatus(database.db)).applied).toEqual(NAMES);
});
