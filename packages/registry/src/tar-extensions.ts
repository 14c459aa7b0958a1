import { CrateArchiveError } from './crate-archive-error.ts';
import { decodeTarText } from './tar-header.ts';

/** What headers before an entry say about it: GNU long names and pax records. */
export interface TarExtensions {
  readonly path?: string;
  /** Only kept to be compared: it must be the header's. */
  readonly size?: number;
}

/** pax keywords that change neither what is written nor where (POSIX pax, "Extended Header"). */
const HARMLESS =
  /^(?:mtime|atime|ctime|uid|gid|uname|gname|comment|SCHILY\.(?:xattr\..+|dev|ino|nlink)|LIBARCHIVE\..+)$/;

/** The content of a GNU `L` entry: a path that ends with one NUL. */
export function readLongName(bytes: Buffer): string {
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  const path = bytes.subarray(0, end);
  if (path.includes(0)) throw new CrateArchiveError('bad-path', 'NUL inside of a path');
  return decodeTarText(path, 'a path');
}

/** The content of a pax `x` entry: records of `LENGTH KEY=VALUE\n`. Keys that would make a different entry are refused. */
export function readPaxRecords(bytes: Buffer): TarExtensions {
  const found = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, space);
    const end = /^[1-9]\d{0,8}$/.test(digits) ? at + Number(digits) : 0;
    const equals = bytes.indexOf(0x3d, space);
    if (end > bytes.length || end <= space || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw new CrateArchiveError('bad-header', 'a pax record is not well-formed');
    }
    const key = decodeTarText(bytes.subarray(space + 1, equals), 'a pax keyword');
    if (found.has(key)) throw new CrateArchiveError('bad-header', 'a pax keyword is given twice');
    found.set(key, decodeTarText(bytes.subarray(equals + 1, end - 1), 'a pax value'));
    at = end;
  }
  for (const key of found.keys()) {
    if (key === 'linkpath' || key.startsWith('GNU.sparse'))
      throw new CrateArchiveError('bad-entry-type', `pax ${key}`);
    if (key !== 'path' && key !== 'size' && !HARMLESS.test(key)) {
      throw new CrateArchiveError('bad-header', 'an unknown pax keyword');
    }
  }
  const path = found.get('path');
  const size = found.get('size');
  if (path?.includes('\u0000') === true) throw new CrateArchiveError('bad-path', 'NUL inside of a path');
  if (size !== undefined && !/^\d{1,15}$/.test(size))
    throw new CrateArchiveError('bad-header', 'a pax size is no number');
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}
