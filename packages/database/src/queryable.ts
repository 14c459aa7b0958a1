import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.ts';

/** What every query takes first: the pool, or the transaction it is to be part of. */
export type Queryable = Kysely<Database> | Transaction<Database>;

/** Runs statements in one transaction: the caller's where it is in one, else a new one. */
export async function inTransaction<T>(
  db: Queryable,
  run: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return await run(db as Transaction<Database>);
  return await db.transaction().execute(run);
}
