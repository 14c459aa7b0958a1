import { nodeHash } from './hash.ts';
import { splitPoint, type TileTree } from './tree.ts';

/** The audit path of the entry at `index` (RFC 6962 §2.1.1), lowest first. */
export async function inclusionProof(tree: TileTree, index: number): Promise<Uint8Array[]> {
  if (!Number.isInteger(index) || index < 0 || index >= tree.size)
    throw new RangeError('The log has no such entry.');
  const walk = async (start: number, end: number): Promise<Uint8Array[]> => {
    if (end - start === 1) return [];
    const split = start + splitPoint(end - start);
    return index < split
      ? [...(await walk(start, split)), await tree.rangeHash(split, end)]
      : [...(await walk(split, end)), await tree.rangeHash(start, split)];
  };
  return walk(0, tree.size);
}

/** The proof that the tree of `oldSize` entries is the beginning of this one (RFC 6962 §2.1.2). */
export async function consistencyProof(tree: TileTree, oldSize: number): Promise<Uint8Array[]> {
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > tree.size)
    throw new RangeError('The log was never so long.');
  if (oldSize === 0 || oldSize === tree.size) return [];
  const walk = async (size: number, start: number, end: number, whole: boolean): Promise<Uint8Array[]> => {
    if (size === end - start) return whole ? [] : [await tree.rangeHash(start, end)];
    const split = splitPoint(end - start);
    if (size <= split) {
      return [...(await walk(size, start, start + split, whole)), await tree.rangeHash(start + split, end)];
    }
    return [
      ...(await walk(size - split, start + split, end, false)),
      await tree.rangeHash(start, start + split),
    ];
  };
  return walk(oldSize, 0, tree.size, true);
}

const same = (left: Uint8Array, right: Uint8Array): boolean => Buffer.from(left).equals(right);

/** Whether the proof shows that a tree of `size` entries with this root has the leaf at `index` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(
  claim: {
    readonly index: number;
    readonly size: number;
    readonly root: Uint8Array;
    readonly leaf: Uint8Array;
  },
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(claim.index) || claim.index < 0 || claim.index >= claim.size) return false;
  let position = BigInt(claim.index);
  let last = BigInt(claim.size) - 1n;
  let hash: Uint8Array = claim.leaf;
  for (const step of proof) {
    if (last === 0n) return false;
    if ((position & 1n) === 1n || position === last) {
      hash = nodeHash(step, hash);
      while ((position & 1n) === 0n && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else hash = nodeHash(hash, step);
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(hash, claim.root);
}

/** Whether the proof shows that the older tree is the beginning of the newer one (RFC 9162 §2.1.4.2). */
export function verifyConsistency(
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  if (older.size === 0) return proof.length === 0;
  let position = BigInt(older.size) - 1n;
  let last = BigInt(newer.size) - 1n;
  while ((position & 1n) === 1n) {
    position >>= 1n;
    last >>= 1n;
  }
  const steps = position === 0n ? [older.root, ...proof] : [...proof];
  const first = steps.shift();
  if (first === undefined) return false;
  let oldHash: Uint8Array = first;
  let newHash: Uint8Array = first;
  for (const step of steps) {
    if (last === 0n) return false;
    if ((position & 1n) === 1n || position === last) {
      oldHash = nodeHash(step, oldHash);
      newHash = nodeHash(step, newHash);
      while ((position & 1n) === 0n && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else newHash = nodeHash(newHash, step);
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(oldHash, older.root) && same(newHash, newer.root);
}
