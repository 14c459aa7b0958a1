import { SentenceError } from '@buildsrs/common';
import { getSyncCursor, setSyncCursor } from '@buildsrs/database';
import { CRATES_IO, type IndexedCrate } from '@buildsrs/registry';
import { cursorKey, type SyncContext } from './sync-context.ts';
import { emptySummary, type SyncSummary } from './sync-summary.ts';
import { writeCrates } from './write-crates.ts';

/** Crates a transaction: large enough that commits cost little, small enough that none is open for long. */
const BATCH_CRATES = 200;
/** A batch ends early when it holds this many versions, whatever crates they are of. */
const BATCH_VERSIONS = 5_000;

async function* batches(crates: AsyncIterable<IndexedCrate>): AsyncGenerator<IndexedCrate[], void> {
  let batch: IndexedCrate[] = [];
  let versions = 0;
  for await (const crate of crates) {
    batch.push(crate);
    versions += crate.entries.length;
    if (batch.length < BATCH_CRATES && versions < BATCH_VERSIONS) continue;
    yield batch;
    batch = [];
    versions = 0;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Brings the database up to an index that can tell what changed. Batches are written one after the other; the cursor
 * is kept after the last, so that a synchronisation that was cut off begins again and writes what is missing. It is not
 * kept when a version was refused, so that every synchronisation says so until somebody mends it.
 *
 * @throws {SentenceError} `cannot-enumerate` for a sparse index, which can only be asked for named crates.
 */
export async function syncChanges(context: SyncContext): Promise<SyncSummary> {
  const { db, index, log, signal } = context;
  if (index.changes === undefined) {
    throw new SentenceError(
      'cannot-enumerate',
      `A sparse index cannot be read as a whole. Name the crates to synchronise, or give a clone of ${CRATES_IO.gitIndex} or a folder of index files with --registry.`,
      { exitCode: 2 },
    );
  }
  const summary = emptySummary(index.location);
  const key = cursorKey(context);
  const since = await getSyncCursor(db, key);
  const changes = await index.changes(since, { signal });
  for await (const batch of batches(changes.crates)) {
    signal.throwIfAborted();
    await db.transaction().execute(async (trx) => {
      await writeCrates(trx, batch, context.wanted, summary);
    });
    log.debug({ crates: summary.crates, added: summary.added }, 'batch written');
  }
  if (changes.cursor !== since && summary.refused.length === 0) await setSyncCursor(db, key, changes.cursor);
  return summary;
}
