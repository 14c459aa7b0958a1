import { SentenceError } from '@buildsrs/common';
import { sql, type Kysely } from 'kysely';
import { Migrator, type MigrationResultSet } from 'kysely/migration';
import { MIGRATIONS } from './migrations/index.ts';
import type { Database } from './schema.ts';

/** How a database's schema stands against this release's. */
export interface SchemaStatus {
  /** Migrations that were applied, in order. */
  readonly applied: readonly string[];
  /** Migrations of this release that were not. */
  readonly pending: readonly string[];
  /** Migrations that were applied and this release does not know: the database is newer. */
  readonly unknown: readonly string[];
}

/** Which migrations were applied; changes nothing. */
export async function schemaStatus(
  db: Kysely<Database>,
  migrations: Readonly<Record<string, unknown>> = MIGRATIONS,
): Promise<SchemaStatus> {
  const { rows: tables } = await sql<{ present: boolean }>`
    select to_regclass('kysely_migration') is not null as present
  `.execute(db);
  const { rows } =
    tables[0]?.present === true
      ? await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
      : { rows: [] };
  const applied = rows.map((row) => row.name);
  const known = Object.keys(migrations);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

function assertNotNewer(status: SchemaStatus): void {
  if (status.unknown.length === 0) return;
  throw new SentenceError(
    'newer-schema',
    `The database was last used by a newer release (its schema has ${status.unknown.join(', ')}); start that release, or give this one another database or data folder.`,
    { exitCode: 3 },
  );
}

/** Throws a sentence unless the schema is exactly this release's: what a program that does not migrate begins with. */
export async function assertSchema(db: Kysely<Database>): Promise<void> {
  const status = await schemaStatus(db);
  assertNotNewer(status);
  if (status.pending.length === 0) return;
  throw new SentenceError(
    'older-schema',
    'The database has not been brought up to this release; run `node packages/database/src/cli.ts migrate`.',
    { exitCode: 3 },
  );
}

/** Runs the migrator on a connection without time limits: others may migrate for long before us. */
async function run(
  db: Kysely<Database>,
  migrations: typeof MIGRATIONS,
  step: (migrator: Migrator) => Promise<MigrationResultSet>,
): Promise<string[]> {
  return await db.connection().execute(async (connection) => {
    await sql`set lock_timeout = 0`.execute(connection);
    await sql`set statement_timeout = 0`.execute(connection);
    try {
      const { error, results } = await step(
        new Migrator({
          // Without the plugin of the queries: the migrator names its own tables and columns in snake_case.
          db: connection.withoutPlugins(),
          provider: { getMigrations: async () => ({ ...migrations }) },
        }),
      );
      if (error !== undefined) throw error;
      return (results ?? [])
        .filter((entry) => entry.status === 'Success')
        .map((entry) => entry.migrationName);
    } finally {
      await sql`reset lock_timeout`.execute(connection);
      await sql`reset statement_timeout`.execute(connection);
    }
  });
}

/**
 * Brings the schema up to this release; gives the migrations that were applied. All or nothing, under an advisory lock
 * of the database: of many programs that start at once one migrates and the others wait.
 *
 * @throws {SentenceError} `newer-schema`, exit code 3, when a newer release was here.
 */
export async function migrateUp(
  db: Kysely<Database>,
  migrations: typeof MIGRATIONS = MIGRATIONS,
): Promise<string[]> {
  const status = await schemaStatus(db, migrations);
  assertNotNewer(status);
  if (status.pending.length === 0) return [];
  try {
    return await run(db, migrations, async (migrator) => await migrator.migrateToLatest());
  } catch (error) {
    // A newer release may have migrated while we waited for the lock.
    assertNotNewer(await schemaStatus(db, migrations));
    throw error;
  }
}

/** Takes back the last migration; gives its name, or nothing when there is none left. */
export async function migrateDown(
  db: Kysely<Database>,
  migrations: typeof MIGRATIONS = MIGRATIONS,
): Promise<string[]> {
  assertNotNewer(await schemaStatus(db, migrations));
  return await run(db, migrations, async (migrator) => await migrator.migrateDown());
}
