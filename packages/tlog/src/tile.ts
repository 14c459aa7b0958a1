/** Levels of the tree in one tile, and the hashes a full tile has (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** A tile: the hashes `index × 256 …` of every eighth level of the tree. Width below 256 marks a partial one. */
export interface Tile {
  /** 0 holds leaf hashes. */
  readonly level: number;
  readonly index: number;
  /** 1 to 256 hashes. */
  readonly width: number;
}

/** Groups of three digits, all but the last with an `x` before: `1234067` → `x001/x234/067`. */
function indexPath(index: number): string {
  const groups = [String(index % 1_000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) {
    groups.unshift(`x${String(rest % 1_000).padStart(3, '0')}`);
  }
  return groups.join('/');
}

const suffix = (width: number): string => (width === TILE_WIDTH ? '' : `.p/${width}`);

/** Where a tile of hashes is served, without a slash at the beginning. */
export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${indexPath(tile.index)}${suffix(tile.width)}`;
}

/** Where the entries of a level-0 tile are served. */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${suffix(width)}`;
}

const PATH = /^tile\/(entries|[0-5]?\d)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Reads a path of {@link tilePath} or {@link entriesPath}; `undefined` for anything else, also for other spellings. */
export function parseTilePath(path: string): (Tile & { readonly entries: boolean }) | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [, level, groups, partial] = match as unknown as [string, string, string, string | undefined];
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const entries = level === 'entries';
  const tile = { level: entries ? 0 : Number(level), index, width, entries };
  const canonical = entries ? entriesPath(index, width) : tilePath(tile);
  return canonical === path && Number.isSafeInteger(index) ? tile : undefined;
}

/** How many hashes a level of tiles has in a tree of `size` entries. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tiles of hashes that a tree has after growing from `oldSize` to `newSize` and had not, or not so wide, before. */
export function newTiles(oldSize: number, newSize: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAtLevel(newSize, level) > 0; level += 1) {
    const before = hashesAtLevel(oldSize, level);
    const after = hashesAtLevel(newSize, level);
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index += 1) {
      const width = Math.min(TILE_WIDTH, after - index * TILE_WIDTH);
      if (after > before) tiles.push({ level, index, width });
    }
  }
  return tiles;
}

/** The bytes of an entries tile: each entry after its length as two bytes, big-endian. */
export function encodeEntries(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new RangeError('An entry of the log has at most 65,535 bytes.');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries of an entries tile; `undefined` when it is cut or padded. */
export function decodeEntries(bytes: Uint8Array): Buffer[] | undefined {
  const buffer = Buffer.from(bytes);
  const entries: Buffer[] = [];
  for (let at = 0; at < buffer.length;) {
    if (at + 2 > buffer.length) return undefined;
    const end = at + 2 + buffer.readUInt16BE(at);
    if (end > buffer.length) return undefined;
    entries.push(buffer.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
