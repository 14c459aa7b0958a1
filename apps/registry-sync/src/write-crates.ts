import { canonicalCrateName, type CrateName, type Digest, type Version } from '@buildsrs/common';
import { requestNewestFacts, upsertCrates, type Database } from '@buildsrs/database';
import type { IndexedCrate, IndexEntry } from '@buildsrs/registry';
import type { Transaction } from 'kysely';
import { noteSkipped, type SyncSummary } from './sync-summary.ts';

/** What is built unasked. */
export type Wanted = 'newest' | 'none';

interface KnownVersion {
  readonly checksum: Digest;
  readonly yanked: boolean;
}

type KnownCrates = ReadonlyMap<string, ReadonlyMap<Version, KnownVersion>>;

/** What the database has of some crates, in one query: most of what an index says is there already. */
async function readKnown(
  trx: Transaction<Database>,
  canonicalNames: readonly string[],
): Promise<KnownCrates> {
  const rows = await trx
    .selectFrom('crates')
    .innerJoin('versions', 'versions.crateId', 'crates.id')
    .select(['crates.canonicalName', 'versions.version', 'versions.checksum', 'versions.yanked'])
    .where('crates.canonicalName', 'in', canonicalNames)
    .execute();
  const known = new Map<string, Map<Version, KnownVersion>>();
  for (const { canonicalName, version, checksum, yanked } of rows) {
    const versions = known.get(canonicalName) ?? new Map<Version, KnownVersion>();
    known.set(canonicalName, versions.set(version, { checksum, yanked }));
  }
  return known;
}

const asRow = (entry: IndexEntry) => ({
  version: entry.version,
  checksum: entry.checksum,
  yanked: entry.yanked,
  features: Object.fromEntries(entry.features),
  rustVersion: entry.rustVersion ?? null,
});

/** What of a crate differs from what is known; the rest is counted, and forged checksums are noted. */
function differences(
  crate: IndexedCrate,
  known: ReadonlyMap<Version, KnownVersion>,
  summary: SyncSummary,
): IndexEntry[] {
  const differs: IndexEntry[] = [];
  for (const entry of crate.entries) {
    const row = known.get(entry.version);
    if (row !== undefined && row.checksum !== entry.checksum) {
      summary.refused.push({
        crate: crate.name,
        version: entry.version,
        was: row.checksum,
        got: entry.checksum,
      });
    } else if (row?.yanked === entry.yanked) summary.unchanged += 1;
    else differs.push(entry);
  }
  return differs;
}

/**
 * Writes what an index says of some crates into the database: only what differs, and in the caller's transaction, so
 * that a cursor can be kept with it.
 */
export async function writeCrates(
  trx: Transaction<Database>,
  crates: readonly IndexedCrate[],
  wanted: Wanted,
  summary: SyncSummary,
): Promise<void> {
  if (crates.length === 0) return;
  const names = crates.map((crate): CrateName => crate.name);
  const canonicalNames = [...new Set(names.map(canonicalCrateName))];
  const known = await readKnown(trx, canonicalNames);
  const changed: { name: CrateName; versions: ReturnType<typeof asRow>[] }[] = [];
  for (const crate of crates) {
    summary.crates += 1;
    noteSkipped(summary, crate.name, crate.skipped);
    const differs = differences(crate, known.get(canonicalCrateName(crate.name)) ?? new Map(), summary);
    if (differs.length > 0) changed.push({ name: crate.name, versions: differs.map(asRow) });
  }
  for (const [at, written] of (await upsertCrates(trx, changed)).entries()) {
    summary.added += written.added.length;
    summary.yanked += written.yanked.length;
    summary.unyanked += written.unyanked.length;
    summary.unchanged += written.unchanged;
    // Another synchronisation may have written them since we looked.
    const { name } = changed[at] as { name: CrateName };
    summary.refused.push(...written.refused.map((refused) => ({ crate: name, ...refused })));
  }
  if (wanted === 'newest') summary.tasks += await requestNewestFacts(trx, names);
}
