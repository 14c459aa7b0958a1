import { crc32, createInflateRaw } from 'node:zlib';
import { CrateArchiveError } from './crate-archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

function skipText(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(0, from);
  if (end === -1) throw new CrateArchiveError('truncated', 'in its gzip header');
  return end + 1;
}

/** Where the deflate data begins (RFC 1952 §2.3). */
function deflateStart(bytes: Buffer): number {
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new CrateArchiveError('not-gzip');
  if (bytes.length < 18) throw new CrateArchiveError('truncated', 'in its gzip header');
  const flags = bytes.readUInt8(3);
  if (bytes[2] !== 8 || (flags & 0xe0) !== 0) throw new CrateArchiveError('not-gzip');
  let at = 10;
  if ((flags & FEXTRA) !== 0) at += 2 + bytes.readUInt16LE(at);
  if ((flags & FNAME) !== 0) at = skipText(bytes, at);
  if ((flags & FCOMMENT) !== 0) at = skipText(bytes, at);
  if ((flags & FHCRC) !== 0) at += 2;
  return at;
}

function checkTrailer(bytes: Buffer, at: number, crc: number, size: number): void {
  if (bytes.length < at + 8) throw new CrateArchiveError('truncated', 'in its gzip trailer');
  if (bytes.readUInt32LE(at) !== crc || bytes.readUInt32LE(at + 4) !== size % 2 ** 32) {
    throw new CrateArchiveError('corrupt', 'its checksum does not match');
  }
  if (bytes.length > at + 8) {
    const again = bytes[at + 8] === 0x1f && bytes[at + 9] === 0x8b;
    throw new CrateArchiveError('trailing-data', again ? 'a second gzip member' : 'after its gzip member');
  }
}

/**
 * Inflates exactly one gzip member and refuses whatever else there is. `node:zlib`'s Gunzip joins members and ignores
 * what follows them, so that two readers could see two archives in one file.
 *
 * @throws {CrateArchiveError} at the first chunk that breaks a limit, and at the end for the trailer.
 */
export async function* gunzipSingle(bytes: Buffer, limits: ArchiveLimits): AsyncGenerator<Buffer, void> {
  const start = deflateStart(bytes);
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  inflate.end(bytes.subarray(start));
  let crc = 0;
  let size = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      if (size > limits.unpackedBytes) {
        throw new CrateArchiveError('too-large-unpacked', `more than ${limits.unpackedBytes} bytes`);
      }
      if (size > limits.ratioFromBytes && size > limits.ratio * bytes.length) {
        throw new CrateArchiveError('suspicious-ratio', `more than ${limits.ratio} to 1`);
      }
      yield chunk;
    }
  } catch (error) {
    throw inflateError(error);
  }
  checkTrailer(bytes, start + inflate.bytesWritten, crc, size);
}

function inflateError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR')
    return new CrateArchiveError('truncated', 'in its compressed data', { cause: error });
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new CrateArchiveError('corrupt', 'in its compressed data', { cause: error });
  }
  return error;
}
