import type { BuildId } from '@buildsrs/common';
import { BoundedMap } from '../http/bounded-map.ts';

/** Pieces remembered: 2 MiB of 64 KiB each, the ends of as many hot logs. */
const MAX_PIECES = 32;

/** Reads a piece of a log that is known to be there: fewer bytes only when the log was moved meanwhile. */
export type ReadPiece = (build: BuildId, offset: number, length: number) => Promise<Uint8Array>;

/**
 * The pieces of logs that many read at once, as viewers of one hot build do: read once and given to all. A piece of a
 * log never changes, so none can be stale.
 */
export class LogPieces {
  readonly #pieces = new BoundedMap<string, Promise<Uint8Array>>(MAX_PIECES);
  readonly #read: ReadPiece;

  constructor(read: ReadPiece) {
    this.#read = read;
  }

  async read(build: BuildId, offset: number, length: number): Promise<Uint8Array> {
    const key = `${build} ${offset} ${length}`;
    const piece = this.#pieces.get(key) ?? this.#read(build, offset, length);
    this.#pieces.set(key, piece);
    try {
      const bytes = await piece;
      if (bytes.byteLength < length) this.#pieces.delete(key);
      return bytes;
    } catch (error) {
      this.#pieces.delete(key);
      throw error;
    }
  }
}
