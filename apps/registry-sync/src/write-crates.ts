import {
  canonicalCrateName,
  isPrerelease,
  type CrateName,
  type Digest,
  type Version,
} from '@buildsrs/common';
import { metadataRequest, requestTask, upsertCrateVersions, type Database } from '@buildsrs/database';
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

async function writeCrate(
  trx: Transaction<Database>,
  crate: IndexedCrate,
  known: ReadonlyMap<Version, KnownVersion>,
  summary: SyncSummary,
): Promise<void> {
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
  if (differs.length === 0) return;
  const written = await upsertCrateVersions(trx, { name: crate.name, versions: differs.map(asRow) });
  summary.added += written.added.length;
  summary.yanked += written.yanked.length;
  summary.unyanked += written.unyanked.length;
  summary.unchanged += written.unchanged;
  // Another synchronisation may have written them since we looked.
  summary.refused.push(...written.refused.map((refused) => ({ crate: crate.name, ...refused })));
}

/** Wants the facts of the newest stable version of each crate: whether it has programs, no index says. */
async function wantNewest(trx: Transaction<Database>, canonicalNames: readonly string[]): Promise<number> {
  const newest = await trx
    .selectFrom('crates')
    .innerJoin('versions', 'versions.id', 'crates.latestVersionId')
    .select(['versions.id', 'versions.version'])
    .where('crates.canonicalName', 'in', canonicalNames)
    .where('versions.facts', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('tasks')
            .select('tasks.id')
            .whereRef('tasks.versionId', '=', 'versions.id')
            .where('tasks.kind', '=', 'metadata'),
        ),
      ),
    )
    .orderBy('versions.id')
    .execute();
  const stable = newest.filter(({ version }) => !isPrerelease(version));
  for (const { id } of stable) await requestTask(trx, metadataRequest({ versionId: id, origin: 'policy' }));
  return stable.length;
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
  for (const crate of crates) {
    summary.crates += 1;
    noteSkipped(summary, crate.name, crate.skipped);
    await writeCrate(trx, crate, known.get(canonicalCrateName(crate.name)) ?? new Map(), summary);
  }
  if (wanted === 'newest') summary.tasks += await wantNewest(trx, canonicalNames);
}
