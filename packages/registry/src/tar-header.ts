import { CrateArchiveError } from './crate-archive-error.ts';

/** Bytes of a tar block; headers are one, contents are padded to it (POSIX ustar). */
export const TAR_BLOCK = 512;

/** A header as the archive has it, its numbers and texts decoded, nothing believed yet. */
export interface TarHeader {
  readonly path: string;
  /** The type flag as a character; `0` also for the older NUL. */
  readonly type: string;
  readonly size: number;
  readonly mode: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes text of an archive strictly; `what` names it in the error. */
export function decodeTarText(bytes: Buffer, what: string): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw new CrateArchiveError('bad-path', `${what} is not UTF-8`, { cause: error });
  }
}

/** A NUL-padded text field. Bytes behind the NUL would be read by some readers and not by others. */
function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  if (end === -1) return decodeTarText(field, 'a path');
  if (field.subarray(end).some((byte) => byte !== 0))
    throw new CrateArchiveError('bad-path', 'NUL inside of a path');
  return decodeTarText(field.subarray(0, end), 'a path');
}

/** An octal field, or GNU's base-256 for large numbers. */
function number(block: Buffer, start: number, length: number, what: string): number {
  const field = block.subarray(start, start + length);
  const first = field[0] as number;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (const byte of field.subarray(1)) {
      value = value * 256 + byte;
      if (value > Number.MAX_SAFE_INTEGER) throw new CrateArchiveError('bad-header', `${what} is not a size`);
    }
    return value;
  }
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field.toString('latin1'));
  if (digits === null) throw new CrateArchiveError('bad-header', `${what} is not octal`);
  return digits[1] === '' ? 0 : Number.parseInt(digits[1] as string, 8);
}

function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < TAR_BLOCK; index += 1)
    if (index < 148 || index >= 156) sum += block[index] as number;
  if (number(block, 148, 8, 'a checksum') !== sum)
    throw new CrateArchiveError('bad-header', 'its checksum does not match');
}

/** Reads a header block of the POSIX ustar or the GNU format; cargo writes GNU. Older formats are refused. */
export function readTarHeader(block: Buffer): TarHeader {
  const magic = block.toString('latin1', 257, 265);
  const ustar = magic === 'ustar\u000000';
  if (!ustar && magic !== 'ustar  \u0000') throw new CrateArchiveError('not-tar');
  checkSum(block);
  const name = text(block, 0, 100);
  const prefix = ustar ? text(block, 345, 155) : '';
  const flag = block.toString('latin1', 156, 157);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: flag === '\u0000' ? '0' : flag,
    size: number(block, 124, 12, 'a size'),
    mode: number(block, 100, 8, 'a mode'),
  };
}
