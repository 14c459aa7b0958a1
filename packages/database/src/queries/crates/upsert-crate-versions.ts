import type { Queryable } from '../../queryable.ts';
import { upsertCrates, type IndexCrate, type UpsertedVersions } from './upsert-crates.ts';

/** Writes one crate's versions as the index has them; see {@link upsertCrates}. */
export async function upsertCrateVersions(db: Queryable, crate: IndexCrate): Promise<UpsertedVersions> {
  const [result] = await upsertCrates(db, [crate]);
  return result as UpsertedVersions;
}
