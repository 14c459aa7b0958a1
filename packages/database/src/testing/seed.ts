import {
  parseCrateName,
  parseDigest,
  parseTarget,
  parseVersion,
  type BuilderId,
  type Fingerprint,
  type Target,
} from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { enrolBuilder, setBuilderConnected } from '../queries/builders.ts';
import { findVersion } from '../queries/crates/find-crates.ts';
import { upsertCrateVersions } from '../queries/crates/upsert-crate-versions.ts';
import type { Queryable } from '../queryable.ts';

/** The target tests build for. */
export const TEST_TARGET: Target = parseTarget('x86_64-unknown-linux-gnu');

/** A digest that is made of a text. */
export function digestOf(text: string) {
  return parseDigest(createHash('sha256').update(text).digest('hex'));
}

/** Writes a crate with one version and gives the version's number. */
export async function seedVersion(db: Queryable, crate: string, version = '1.0.0'): Promise<number> {
  await upsertCrateVersions(db, {
    name: parseCrateName(crate),
    versions: [{ version: parseVersion(version), checksum: digestOf(`${crate}@${version}`), yanked: false }],
  });
  const row = await findVersion(db, parseCrateName(crate), parseVersion(version));
  if (row === undefined) throw new Error(`${crate}@${version} was not written.`);
  return row.id;
}

/** Enrols and connects a builder that can do everything for {@link TEST_TARGET}. */
export async function seedBuilder(db: Queryable, name: string): Promise<BuilderId> {
  const key = createHash('sha256').update(name).digest();
  const { id } = await enrolBuilder(db, {
    name,
    publicKey: `ssh-ed25519 ${key.toString('base64')}`,
    fingerprint: `SHA256:${key.toString('base64').replace(/=+$/, '')}` as Fingerprint,
  });
  await setBuilderConnected(db, id, {
    targets: [TEST_TARGET, parseTarget('generic')],
    kinds: ['metadata', 'binary'],
    executor: 'process',
    isolation: 'none',
    slots: 4,
  });
  return id;
}
