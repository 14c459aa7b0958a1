import { emptyRoot, HASH_BYTES, nodeHash } from './hash.ts';
import { hashesAtLevel, TILE_HEIGHT, TILE_WIDTH, type Tile } from './tile.ts';

/** Gives the hashes of a tile, one after the other; may be wider than asked. */
export type TileReader = (tile: Tile) => Promise<Uint8Array>;

/** The largest power of two below `size` (RFC 6962 §2.1, k). */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** A tree of `size` entries, read from tiles. Each tile is asked for once. */
export class TileTree {
  readonly size: number;
  readonly #read: TileReader;
  readonly #tiles = new Map<string, Promise<Uint8Array>>();

  constructor(size: number, read: TileReader) {
    this.size = size;
    this.#read = read;
  }

  async #tileHash(level: number, position: number): Promise<Uint8Array> {
    const index = Math.floor(position / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, hashesAtLevel(this.size, level) - index * TILE_WIDTH);
    const key = `${level}/${index}`;
    const tile = this.#tiles.get(key) ?? this.#read({ level, index, width });
    this.#tiles.set(key, tile);
    const bytes = await tile;
    const at = (position % TILE_WIDTH) * HASH_BYTES;
    if (bytes.length < at + HASH_BYTES)
      throw new RangeError(`Tile ${key} has fewer hashes than the tree says.`);
    return bytes.subarray(at, at + HASH_BYTES);
  }

  /** The hash of the full subtree of `2^height` entries that begins at `position × 2^height`. */
  async #fullHash(height: number, position: number): Promise<Uint8Array> {
    const level = Math.floor(height / TILE_HEIGHT);
    const above = height % TILE_HEIGHT;
    if (above === 0) return this.#tileHash(level, position);
    return nodeHash(
      await this.#fullHash(height - 1, position * 2),
      await this.#fullHash(height - 1, position * 2 + 1),
    );
  }

  /** The hash of the entries from `start` (a multiple of the subtree's width) to `end` (not included). */
  async rangeHash(start: number, end: number): Promise<Uint8Array> {
    const count = end - start;
    if (count === 0) return emptyRoot();
    const height = Math.log2(count);
    if (Number.isInteger(height)) return this.#fullHash(height, start / count);
    const split = splitPoint(count);
    return nodeHash(await this.rangeHash(start, start + split), await this.rangeHash(start + split, end));
  }

  /** The root hash of the tree. */
  root(): Promise<Uint8Array> {
    return this.rangeHash(0, this.size);
  }
}
