import { createHash } from 'node:crypto';

/** Bytes of a hash of the tree: sha256. */
export const HASH_BYTES = 32;

/** The hash of an entry (RFC 6962 §2.1): a zero byte keeps leaves and nodes apart. */
export function leafHash(entry: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
}

/** The hash of two subtrees (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** The root of a tree without entries (RFC 6962 §2.1). */
export function emptyRoot(): Buffer {
  return createHash('sha256').digest();
}
