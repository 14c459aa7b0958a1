const BLOCK = 512;
const NAME_BYTES = 100;
/** Sizes beyond 11 octal digits (8 GiB) have no place in a field, and none of our files may be that large. */
const MAX_SIZE = 8 ** 11 - 1;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function ustar(name: Uint8Array, type: '0' | 'x', size: number, mode: number, mtime: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.set(name.subarray(0, NAME_BYTES), 0);
  header.write(octal(mode, 8), 100, 'latin1');
  header.write(octal(0, 8), 108, 'latin1');
  header.write(octal(0, 8), 116, 'latin1');
  header.write(octal(size, 12), 124, 'latin1');
  header.write(octal(mtime, 12), 136, 'latin1');
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** The bytes that fill a file's content up to whole blocks. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Two blocks of zeros end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/**
 * The header of a regular file (POSIX.1-1988 ustar; a pax `path` record, POSIX.1-2001, before it where the name is longer
 * than a field). Owner and group are 0 without names, so that the same files give the same bytes everywhere.
 */
export function tarHeader(file: {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** Seconds. */
  readonly mtime: number;
}): Buffer {
  if (file.size > MAX_SIZE) throw new RangeError('A file of 8 GiB and more does not fit a ustar header.');
  const name = Buffer.from(file.path, 'utf8');
  const header = ustar(name, '0', file.size, file.executable ? 0o755 : 0o644, file.mtime);
  if (name.length <= NAME_BYTES) return header;
  // A record begins with its own length in decimal, that number's digits included.
  const body = ` path=${file.path}\n`;
  let length = Buffer.byteLength(body) + 1;
  while (Buffer.byteLength(body) + String(length).length !== length) length += 1;
  const record = Buffer.from(`${length}${body}`, 'utf8');
  return Buffer.concat([
    ustar(Buffer.from('pax-header'), 'x', record.length, 0o644, file.mtime),
    record,
    tarPadding(record.length),
    header,
  ]);
}
