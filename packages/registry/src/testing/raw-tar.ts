import { gzipSync } from 'node:zlib';
import { TAR_BLOCK } from '../tar-header.ts';

/** An entry written as told, however wrong. */
export interface RawEntry {
  readonly path: string | Buffer;
  readonly type?: string;
  readonly content?: string | Buffer;
  /** Instead of the content's. */
  readonly size?: number;
  readonly mode?: number;
  readonly link?: string;
  readonly prefix?: string;
  readonly format?: 'gnu' | 'ustar' | 'v7';
  /** The last touch on the header, before its checksum is written. */
  readonly change?: (block: Buffer) => void;
  /** The header's checksum is off by this. */
  readonly checksumOff?: number;
}

const MAGIC = { gnu: 'ustar  \0', ustar: 'ustar\u000000', v7: '' } as const;

/** Zeros up to the next block. */
function pad(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK)]);
}

/** One entry: header and padded content. */
export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const block = Buffer.alloc(TAR_BLOCK);
  Buffer.from(entry.path).copy(block, 0, 0, 100);
  block.write(`${(entry.mode ?? 0o644).toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  block.write('0000000\u00000000000\0', 108, 'latin1');
  block.write(`${(entry.size ?? content.length).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(entry.type ?? '0', 156, 'latin1');
  block.write(entry.link ?? '', 157, 100, 'utf8');
  block.write(MAGIC[entry.format ?? 'gnu'], 257, 'latin1');
  block.write(entry.prefix ?? '', 345, 155, 'utf8');
  entry.change?.(block);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0) + (entry.checksumOff ?? 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, pad(content)]);
}

/** One pax record; its length counts itself. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** The two zero blocks at the end of an archive. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/** A gzipped tar of entries, or of blocks as they are. */
export function rawCrate(entries: readonly (RawEntry | Buffer)[], end: Buffer = TAR_END): Buffer {
  return gzipSync(rawTar(entries, end));
}

/** The tar of {@link rawCrate}. */
export function rawTar(entries: readonly (RawEntry | Buffer)[], end: Buffer = TAR_END): Buffer {
  return Buffer.concat([...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : rawEntry(entry))), end]);
}
