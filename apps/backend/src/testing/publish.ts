import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  inputIdOf,
  parseDigest,
  type ArtifactName,
  type BuildId,
  type Digest,
  type Target,
} from '@buildsrs/common';
import { claimTask, completeBuild, requestTask } from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import type { Context } from '../context.ts';
import { makeJob } from '../jobs/make-job.ts';
import { infoOf } from './test-builder.ts';

/** A file that was published for a test. */
export interface PublishedFile {
  readonly crate: string;
  readonly name: ArtifactName;
  readonly sha256: Digest;
  readonly build: BuildId;
  readonly target: Target;
  /** Where it is downloaded. */
  readonly path: string;
}

export function sha256Of(bytes: Uint8Array): Digest {
  return parseDigest(createHash('sha256').update(bytes).digest('hex'));
}

let builders = 0;

/** Publishes bytes as the archive of a crate's only version, without a builder: for tests of what comes after. */
export async function publishFile(
  { db, store, address }: Context,
  crate: string,
  bytes: Uint8Array,
): Promise<PublishedFile> {
  builders += 1;
  const builderId = await seedBuilder(db, `publisher-${builders}`);
  const versionId = await seedVersion(db, crate);
  await requestTask(db, {
    versionId,
    kind: 'binary',
    target: TEST_TARGET,
    origin: 'request',
    priority: 1_000,
  });
  const claimed = await claimTask(db, {
    builderId,
    targets: [TEST_TARGET],
    kinds: ['binary'],
    isolationLevel: 3,
    leaseMs: 60_000,
  });
  if (claimed === undefined || claimed.crate !== crate) throw new Error('another task was in the way');
  const staged = await store.put(Readable.from([bytes]), { maxBytes: bytes.byteLength });
  await store.commit(staged);
  const registry = { index: 'sparse+http://registry.test/', dl: 'http://registry.test', api: null };
  const info = infoOf(makeJob(claimed, { registry, address, leaseMs: 60_000 }));
  const name = `${crate}-1.0.0.tar.gz` as ArtifactName;
  await completeBuild(db, {
    build: claimed.buildId,
    token: claimed.token,
    info,
    inputId: inputIdOf(info.inputs),
    artifacts: [{ name, sha256: staged.sha256, size: staged.size, mediaType: 'application/gzip' }],
  });
  return {
    crate,
    name,
    sha256: staged.sha256,
    build: claimed.buildId,
    target: TEST_TARGET,
    path: `/crates/${crate}/1.0.0/${TEST_TARGET}/${name}`,
  };
}
