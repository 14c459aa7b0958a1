import {
  canonicalCrateName,
  latestVersion,
  type CrateName,
  type Digest,
  type Version,
} from '@buildsrs/common';
import { sql, type Transaction } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import type { Database } from '../../schema.ts';

/** A version as the index has it. */
export interface IndexVersion {
  readonly version: Version;
  readonly checksum: Digest;
  readonly yanked: boolean;
  /** Feature → what it enables. */
  readonly features?: Readonly<Record<string, readonly string[]>>;
  readonly rustVersion?: string | null;
}

/** A crate as the index has it. */
export interface IndexCrate {
  readonly name: CrateName;
  readonly versions: readonly IndexVersion[];
}

/** What an update changed of one crate. */
export interface UpsertedVersions {
  readonly crateId: number;
  readonly added: Version[];
  readonly yanked: Version[];
  readonly unyanked: Version[];
  readonly unchanged: number;
  /** Versions whose checksum is not what it was: left as they were, to be reported. */
  readonly refused: { readonly version: Version; readonly was: Digest; readonly got: Digest }[];
}

interface KnownVersion {
  readonly id: number;
  readonly crateId: number;
  readonly version: Version;
  readonly checksum: Digest;
  readonly yanked: boolean;
}

/**
 * Writes crates' versions as the index has them; only differences, in a fixed number of statements however many crates
 * there are. A checksum never changes: a version that comes with another one is left alone and named in `refused`.
 * Versions the index no longer has stay.
 *
 * @returns One result a crate, in the order given.
 */
export async function upsertCrates(
  db: Queryable,
  crates: readonly IndexCrate[],
): Promise<UpsertedVersions[]> {
  if (crates.length === 0) return [];
  return await inTransaction(db, async (trx) => {
    const ids = await lockCrates(trx, crates);
    const known = await readVersions(trx, [...ids.values()]);
    const changes = crates.map((crate) => {
      const crateId = ids.get(canonicalCrateName(crate.name)) as number;
      return { crateId, ...compare(crate.versions, known.get(crateId) ?? new Map()) };
    });
    for (const row of await insertVersions(trx, changes)) remember(known, row);
    await setYanked(
      trx,
      changes.flatMap((change) => change.flips),
    );
    for (const change of changes) {
      for (const flip of change.flips) remember(known, { ...flip.row, yanked: flip.yanked });
    }
    const touched = changes.filter((change) => change.fresh.length + change.flips.length > 0);
    await updateLatest(
      trx,
      touched.map((change) => [change.crateId, known.get(change.crateId) ?? new Map()]),
    );
    return changes.map(({ crateId, fresh, flips, unchanged, refused }) => ({
      crateId,
      added: fresh.map((entry) => entry.version),
      yanked: flips.filter((flip) => flip.yanked).map((flip) => flip.row.version),
      unyanked: flips.filter((flip) => !flip.yanked).map((flip) => flip.row.version),
      unchanged,
      refused,
    }));
  });
}

interface Changes {
  readonly fresh: IndexVersion[];
  readonly flips: { readonly row: KnownVersion; readonly yanked: boolean }[];
  readonly unchanged: number;
  readonly refused: UpsertedVersions['refused'];
}

function compare(versions: readonly IndexVersion[], known: ReadonlyMap<Version, KnownVersion>): Changes {
  const fresh: Changes['fresh'] = [];
  const flips: Changes['flips'] = [];
  const refused: Changes['refused'] = [];
  let unchanged = 0;
  for (const entry of versions) {
    const row = known.get(entry.version);
    if (row === undefined) fresh.push(entry);
    else if (row.checksum !== entry.checksum) {
      refused.push({ version: entry.version, was: row.checksum, got: entry.checksum });
    } else if (row.yanked === entry.yanked) unchanged += 1;
    else flips.push({ row, yanked: entry.yanked });
  }
  return { fresh, flips, unchanged, refused };
}

type KnownVersions = Map<number, Map<Version, KnownVersion>>;

function remember(known: KnownVersions, row: KnownVersion): void {
  const versions = known.get(row.crateId) ?? new Map<Version, KnownVersion>();
  known.set(row.crateId, versions.set(row.version, row));
}

/**
 * Makes or finds the crates and locks their rows, so that two synchronisations do not cross; all of them in the order
 * of their names, so that two do not wait for each other. Gives their numbers by canonical name.
 */
async function lockCrates(
  trx: Transaction<Database>,
  crates: readonly IndexCrate[],
): Promise<ReadonlyMap<string, number>> {
  const named = new Map(crates.map(({ name }) => [canonicalCrateName(name), name]));
  const rows = JSON.stringify([...named].map(([canonical_name, name]) => ({ canonical_name, name })));
  await sql`
    insert into crates (name, canonical_name)
    select name, canonical_name
    from json_to_recordset(${rows}::json) as entry (name text, canonical_name text)
    where not exists (select from crates where crates.canonical_name = entry.canonical_name)
    order by canonical_name collate "C"
    on conflict (canonical_name) do nothing
  `.execute(trx);
  const found = await trx
    .selectFrom('crates')
    .select(['id', 'name', 'canonicalName'])
    .where('canonicalName', 'in', [...named.keys()])
    .orderBy('canonicalName')
    .forUpdate()
    .execute();
  for (const { id, name, canonicalName } of found) {
    const spelling = named.get(canonicalName) as CrateName;
    if (spelling !== name)
      await trx.updateTable('crates').set({ name: spelling }).where('id', '=', id).execute();
  }
  return new Map(found.map((row) => [row.canonicalName, row.id]));
}

async function readVersions(trx: Transaction<Database>, crateIds: readonly number[]): Promise<KnownVersions> {
  const rows = await trx
    .selectFrom('versions')
    .select(['id', 'crateId', 'version', 'checksum', 'yanked'])
    .where('crateId', 'in', crateIds)
    .execute();
  const known: KnownVersions = new Map();
  for (const row of rows) remember(known, row);
  return known;
}

async function insertVersions(
  trx: Transaction<Database>,
  changes: readonly (Changes & { readonly crateId: number })[],
): Promise<KnownVersion[]> {
  const rows = changes.flatMap(({ crateId, fresh }) =>
    fresh.map((entry) => ({
      crate_id: crateId,
      version: entry.version,
      checksum: entry.checksum,
      yanked: entry.yanked,
      features: entry.features ?? {},
      rust_version: entry.rustVersion ?? null,
    })),
  );
  if (rows.length === 0) return [];
  const inserted = await sql<KnownVersion>`
    insert into versions (crate_id, version, checksum, yanked, features, rust_version)
    select crate_id, version, checksum, yanked, features, rust_version
    from json_to_recordset(${JSON.stringify(rows)}::json) as entry
      (crate_id bigint, version text, checksum text, yanked boolean, features jsonb, rust_version text)
    returning id, crate_id, version, checksum, yanked
  `.execute(trx);
  return inserted.rows;
}

async function setYanked(trx: Transaction<Database>, flips: Changes['flips']): Promise<void> {
  if (flips.length === 0) return;
  const rows = flips.map(({ row, yanked }) => ({ id: row.id, yanked }));
  await sql`
    update versions set yanked = entry.yanked
    from json_to_recordset(${JSON.stringify(rows)}::json) as entry (id bigint, yanked boolean)
    where versions.id = entry.id
  `.execute(trx);
}

/** cargo's order of versions is not SQL's, so the latest is found here and kept in the crate's row. */
async function updateLatest(
  trx: Transaction<Database>,
  crates: readonly (readonly [number, ReadonlyMap<Version, KnownVersion>])[],
): Promise<void> {
  if (crates.length === 0) return;
  const rows = crates.map(([id, versions]) => {
    const latest = latestVersion(versions.values());
    return { id, latest: latest === undefined ? null : (versions.get(latest)?.id ?? null) };
  });
  await sql`
    update crates set latest_version_id = entry.latest, updated_at = now()
    from json_to_recordset(${JSON.stringify(rows)}::json) as entry (id bigint, latest bigint)
    where crates.id = entry.id
  `.execute(trx);
}
