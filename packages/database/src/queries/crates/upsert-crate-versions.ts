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

/** What an update changed. */
export interface UpsertedVersions {
  readonly crateId: number;
  readonly added: Version[];
  readonly yanked: Version[];
  readonly unyanked: Version[];
  readonly unchanged: number;
  /** Versions whose checksum is not what it was: left as they were, to be reported. */
  readonly refused: { readonly version: Version; readonly was: Digest; readonly got: Digest }[];
}

/**
 * Writes a crate's versions as the index has them; only differences. A checksum never changes: a version that comes
 * with another one is left alone and named in `refused`. Versions the index no longer has stay.
 */
export async function upsertCrateVersions(
  db: Queryable,
  crate: { readonly name: CrateName; readonly versions: readonly IndexVersion[] },
): Promise<UpsertedVersions> {
  return await inTransaction(db, async (trx) => {
    const crateId = await lockCrate(trx, crate.name);
    const known = new Map(
      (
        await trx
          .selectFrom('versions')
          .select(['id', 'version', 'checksum', 'yanked'])
          .where('crateId', '=', crateId)
          .execute()
      ).map((row) => [row.version, row]),
    );
    const fresh = crate.versions.filter((entry) => !known.has(entry.version));
    const refused: UpsertedVersions['refused'] = [];
    const yanked: Version[] = [];
    const unyanked: Version[] = [];
    for (const entry of crate.versions) {
      const row = known.get(entry.version);
      if (row === undefined) continue;
      if (row.checksum !== entry.checksum) {
        refused.push({ version: entry.version, was: row.checksum, got: entry.checksum });
      } else if (row.yanked !== entry.yanked) (entry.yanked ? yanked : unyanked).push(entry.version);
    }
    await insertVersions(trx, crateId, fresh);
    await setYanked(trx, crateId, yanked, true);
    await setYanked(trx, crateId, unyanked, false);
    if (fresh.length + yanked.length + unyanked.length > 0) await updateLatest(trx, crateId);
    return {
      crateId,
      added: fresh.map((entry) => entry.version),
      yanked,
      unyanked,
      unchanged: crate.versions.length - fresh.length - yanked.length - unyanked.length - refused.length,
      refused,
    };
  });
}

/** Makes or finds the crate and locks its row, so that two synchronisations do not cross. */
async function lockCrate(trx: Transaction<Database>, name: CrateName): Promise<number> {
  const row = await trx
    .insertInto('crates')
    .values({ name, canonicalName: canonicalCrateName(name) })
    .onConflict((conflict) => conflict.column('canonicalName').doUpdateSet({ name }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** All at once by `json_to_recordset`: a crate can have thousands of versions. */
async function insertVersions(
  trx: Transaction<Database>,
  crateId: number,
  versions: readonly IndexVersion[],
): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.map((entry) => ({
    version: entry.version,
    checksum: entry.checksum,
    yanked: entry.yanked,
    features: entry.features ?? {},
    rust_version: entry.rustVersion ?? null,
  }));
  await sql`
    insert into versions (crate_id, version, checksum, yanked, features, rust_version)
    select ${crateId}, version, checksum, yanked, features, rust_version
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as entry (version text, checksum text, yanked boolean, features jsonb, rust_version text)
  `.execute(trx);
}

async function setYanked(
  trx: Transaction<Database>,
  crateId: number,
  versions: readonly Version[],
  yanked: boolean,
): Promise<void> {
  if (versions.length === 0) return;
  await trx
    .updateTable('versions')
    .set({ yanked })
    .where('crateId', '=', crateId)
    .where('version', 'in', versions)
    .execute();
}

/** cargo's order of versions is not SQL's, so the latest is found here and kept in the crate's row. */
async function updateLatest(trx: Transaction<Database>, crateId: number): Promise<void> {
  const versions = await trx
    .selectFrom('versions')
    .select(['id', 'version', 'yanked'])
    .where('crateId', '=', crateId)
    .execute();
  const latest = latestVersion(versions);
  await trx
    .updateTable('crates')
    .set({
      latestVersionId: versions.find((row) => row.version === latest)?.id ?? null,
      updatedAt: sql`now()`,
    })
    .where('id', '=', crateId)
    .execute();
}
