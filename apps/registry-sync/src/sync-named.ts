import { CrateNameSchema, type CrateName } from '@buildsrs/common';
import { getSyncCursor, nearestCrateNames, setSyncCursor } from '@buildsrs/database';
import { CRATES_IO, nearestNames, POPULAR_CRATES } from '@buildsrs/registry';
import * as v from 'valibot';
import { cursorKey, type SyncContext } from './sync-context.ts';
import { emptySummary, type SyncSummary } from './sync-summary.ts';
import { writeCrates } from './write-crates.ts';

/** Crates asked for at once: sparse indexes have no rate limit, yet this is nobody's only client. */
const CONCURRENCY = 8;

/** The names most like one that is not there, from what is at hand: the registry is asked for nothing. */
async function nearest({ db, index }: SyncContext, name: string): Promise<string[]> {
  const known = await nearestCrateNames(db, name, 10);
  const listed = (await index.names?.()) ?? [];
  const popular = index.location === CRATES_IO.sparseIndex ? POPULAR_CRATES : [];
  return nearestNames(name, [...known, ...listed, ...popular]);
}

async function syncOne(context: SyncContext, name: CrateName, summary: SyncSummary): Promise<void> {
  const { db, index, signal } = context;
  const key = cursorKey(context, name);
  const since = await getSyncCursor(db, key);
  const lookup = await index.lookUp(name, { validator: since, signal });
  if (lookup.status === 'unchanged') summary.notModified += 1;
  else if (lookup.status === 'absent') summary.absent.push({ name, nearest: await nearest(context, name) });
  else {
    await db.transaction().execute(async (trx) => {
      const refused = summary.refused.length;
      await writeCrates(trx, [lookup.crate], context.wanted, summary);
      // A refused version is to be told again next time.
      const clean = !summary.refused.slice(refused).some((entry) => entry.crate === lookup.crate.name);
      if (clean && lookup.validator !== undefined && lookup.validator !== since) {
        await setSyncCursor(trx, key, lookup.validator);
      }
    });
  }
}

/** Brings the database up to the index for the crates that are named, and asks for no others. */
export async function syncNamed(context: SyncContext, names: readonly string[]): Promise<SyncSummary> {
  const summary = emptySummary(context.index.location);
  const waiting: CrateName[] = [];
  for (const name of new Set(names)) {
    const parsed = v.safeParse(CrateNameSchema, name);
    if (parsed.success) waiting.push(parsed.output);
    else summary.absent.push({ name, nearest: await nearest(context, name) });
  }
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      context.signal.throwIfAborted();
      await syncOne(context, name, summary);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return summary;
}
