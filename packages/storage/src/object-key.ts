import { type Digest, DigestSchema, parseDigest, ProblemError } from '@buildsrs/common';
import * as v from 'valibot';

/** Where visible objects are, below a store's root. */
export const OBJECTS = 'objects';
/** Where bytes wait for their commit, below a store's root. */
export const STAGING = 'staging';

/** The folder and the name of an object: 256 folders keep each small enough for any file system. */
export function objectShard(digest: Digest): { shard: string; name: string } {
  // Parsed again, as this becomes a path: a caller without types must not get out of the store.
  const text = parseDigest(digest);
  return { shard: text.slice(0, 2), name: text.slice(2) };
}

/** The path of an object below a store's root, with slashes: `objects/ab/cdef…`. */
export function objectKey(digest: Digest): string {
  const { shard, name } = objectShard(digest);
  return `${OBJECTS}/${shard}/${name}`;
}

/** The digest a key stands for; `undefined` for what is not an object of ours. */
export function digestOfKey(key: string): Digest | undefined {
  const [folder, shard, name, ...rest] = key.split('/');
  if (folder !== OBJECTS || shard?.length !== 2 || rest.length > 0) return undefined;
  const result = v.safeParse(DigestSchema, `${shard}${name ?? ''}`);
  return result.success ? result.output : undefined;
}

const STAGING_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The name of staged bytes, safe as a path; it was kept elsewhere in the meantime.
 *
 * @throws {ProblemError} `unavailable` when it is none.
 */
export function stagingName(staging: string): string {
  if (!STAGING_NAME.test(staging)) throw notStaged();
  return staging;
}

/** What `commit` says when there is nothing to commit. */
export function notStaged(): ProblemError {
  return new ProblemError('unavailable', 'These bytes are not staged any more; they must be uploaded again.');
}
