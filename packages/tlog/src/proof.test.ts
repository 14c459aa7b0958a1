import { describe, expect, it } from 'vitest';
import { emptyRoot, HASH_BYTES, leafHash, nodeHash } from './hash.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proof.ts';
import { decodeEntries, encodeEntries, newTiles, parseTilePath, tilePath, type Tile } from './tile.ts';
import { splitPoint, TileTree } from './tree.ts';

const leaves = Array.from({ length: 1_100 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));

/** RFC 6962 §2.1 written down as it stands there: the second opinion the tree is held against. */
function plainRoot(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return emptyRoot();
  if (hashes.length === 1) return hashes[0] as Buffer;
  const split = splitPoint(hashes.length);
  return nodeHash(plainRoot(hashes.slice(0, split)), plainRoot(hashes.slice(split)));
}

/** Tiles made the plain way: level n holds the roots of 256^n leaves. */
function tileBytes({ level, index, width }: Tile): Uint8Array {
  const span = 256 ** level;
  const hashes = Array.from({ length: width }, (_, offset) => {
    const start = (index * 256 + offset) * span;
    return plainRoot(leaves.slice(start, start + span));
  });
  return Buffer.concat(hashes);
}

const treeOf = (size: number): TileTree => new TileTree(size, (tile) => Promise.resolve(tileBytes(tile)));
const SIZES = [1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 512, 513, 1_000, 1_100];

describe('a tree in tiles', () => {
  it('has the root of RFC 6962', async () => {
    expect(Buffer.from(await treeOf(0).root())).toEqual(emptyRoot());
    for (const size of SIZES)
      expect(Buffer.from(await treeOf(size).root())).toEqual(plainRoot(leaves.slice(0, size)));
  });

  it('proves every entry, and no other in its place', async () => {
    for (const size of [1, 2, 3, 7, 8, 257, 1_000]) {
      const tree = treeOf(size);
      const root = await tree.root();
      for (let index = 0; index < size; index += size > 300 ? 37 : 1) {
        const proof = await inclusionProof(tree, index);
        const claim = { index, size, root, leaf: leaves[index] as Buffer };
        expect(verifyInclusion(claim, proof)).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: leaves[size] as Buffer }, proof)).toBe(false);
        expect(verifyInclusion({ ...claim, index: index + 1 }, proof)).toBe(false);
        if (proof.length > 0) {
          expect(verifyInclusion(claim, proof.slice(1))).toBe(false);
          const changed = proof.map((hash, step) => (step === 0 ? Buffer.from(hash).fill(0) : hash));
          expect(verifyInclusion(claim, changed)).toBe(false);
        }
        expect(verifyInclusion(claim, [...proof, root])).toBe(false);
      }
    }
  });

  it('proves that it only grew', async () => {
    for (const [position, oldSize] of SIZES.entries()) {
      for (const newSize of SIZES.slice(position)) {
        const older = { size: oldSize, root: await treeOf(oldSize).root() };
        const tree = treeOf(newSize);
        const newer = { size: newSize, root: await tree.root() };
        const proof = await consistencyProof(tree, oldSize);
        expect(verifyConsistency(older, newer, proof), `${oldSize} → ${newSize}`).toBe(true);
        const forked = { ...older, root: leafHash(Buffer.from('another history')) };
        expect(verifyConsistency(forked, newer, proof)).toBe(false);
        expect(verifyConsistency(newer, older, proof)).toBe(oldSize === newSize);
        if (proof.length > 0) expect(verifyConsistency(older, newer, proof.slice(1))).toBe(false);
      }
    }
  });

  it('refuses tiles that are shorter than the tree says', async () => {
    const short = new TileTree(10, () => Promise.resolve(Buffer.alloc(HASH_BYTES)));
    await expect(short.root()).rejects.toThrow('fewer hashes');
    await expect(inclusionProof(treeOf(4), 4)).rejects.toThrow('no such entry');
    await expect(consistencyProof(treeOf(4), 5)).rejects.toThrow('never so long');
  });
});

describe('tiles', () => {
  it('have the paths of C2SP tlog-tiles, and no other spelling', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 1, index: 0, width: 5 })).toBe('tile/1/000.p/5');
    expect(parseTilePath('tile/entries/x001/000.p/255')).toEqual({
      level: 0,
      index: 1_000,
      width: 255,
      entries: true,
    });
    for (const wrong of [
      'tile/0/0',
      'tile/0/x000/001',
      'tile/0/001.p/256',
      'tile/00/001',
      'tile/0/001.p/0',
      'tile/0/../001',
      '/tile/0/001',
    ]) {
      expect(parseTilePath(wrong), wrong).toBeUndefined();
    }
  });

  it('are written once they change', () => {
    expect(newTiles(0, 1)).toEqual([{ level: 0, index: 0, width: 1 }]);
    expect(newTiles(255, 257)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 0, index: 1, width: 1 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect(newTiles(256, 256)).toEqual([]);
  });

  it('keep entries with their lengths', () => {
    const entries = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')];
    expect(decodeEntries(encodeEntries(entries))).toEqual(entries);
    expect(decodeEntries(encodeEntries(entries).subarray(0, -1))).toBeUndefined();
    expect(() => encodeEntries([Buffer.alloc(65_536)])).toThrow('65,535');
  });
});
