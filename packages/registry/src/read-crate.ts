import type { CrateName, Version } from '@buildsrs/common';
import { ArchivePaths, shownPath } from './archive-path.ts';
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.ts';
import { ByteReader } from './byte-reader.ts';
import { loadCrate, type CrateBytes } from './crate-bytes.ts';
import { CrateArchiveError } from './crate-archive-error.ts';
import { gunzipSingle } from './gunzip-single.ts';
import { readLongName, readPaxRecords, type TarExtensions } from './tar-extensions.ts';
import { readTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.ts';

/** Which crate the archive must be, and what it may be. */
export interface ReadCrateOptions {
  readonly name: CrateName;
  readonly version: Version;
  readonly limits?: Partial<ArchiveLimits>;
}

/** An entry of a `.crate`, proven to be a regular file or a folder at a plain path below `name-version/`. */
export interface CrateEntry {
  readonly type: 'file' | 'directory';
  /** Below `name-version/`; the folder itself is `''`. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly size: number;
  /** Whether its owner may execute it; all else of the mode is dropped. */
  readonly executable: boolean;
  /** To be read before the next entry is asked for; what is left of it is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** pax and long-name headers are small; beyond this they are an attack on memory. */
const MAX_EXTENSION_BYTES = 64 * 1024;

async function block(reader: ByteReader, what: string): Promise<Buffer> {
  const bytes = await reader.exactly(TAR_BLOCK);
  if (bytes.length < TAR_BLOCK) throw new CrateArchiveError('truncated', what);
  return bytes;
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
  if ((await reader.exactly(padding)).length < padding) throw new CrateArchiveError('truncated', 'in a file');
}

async function readExtension(reader: ByteReader, header: TarHeader): Promise<TarExtensions> {
  if (header.size > MAX_EXTENSION_BYTES)
    throw new CrateArchiveError('path-too-long', 'in an extended header');
  const bytes = await reader.exactly(header.size);
  if (bytes.length < header.size) throw new CrateArchiveError('truncated', 'in an extended header');
  await skipPadding(reader, header.size);
  return header.type === 'L' ? { path: readLongName(bytes) } : readPaxRecords(bytes);
}

async function* contentOf(reader: ByteReader, left: { bytes: number }): AsyncGenerator<Buffer, void> {
  while (left.bytes > 0) {
    const part = await reader.some(left.bytes);
    if (part === undefined) throw new CrateArchiveError('truncated', 'in a file');
    left.bytes -= part.length;
    yield part;
  }
}

/** After the first zero block only zeros may follow, and at least one more block of them. */
async function readEnd(reader: ByteReader): Promise<void> {
  if (!isZero(await block(reader, 'at its end')))
    throw new CrateArchiveError('trailing-data', 'after its last entry');
  for (let rest = await reader.some(65_536); rest !== undefined; rest = await reader.some(65_536)) {
    if (!isZero(rest)) throw new CrateArchiveError('trailing-data', 'after its last entry');
  }
}

function typeOf(header: TarHeader, path: string): CrateEntry['type'] {
  if (header.type === '0') return 'file';
  if (header.type !== '5') throw new CrateArchiveError('bad-entry-type', shownPath(path));
  if (header.size !== 0) throw new CrateArchiveError('size-mismatch', shownPath(path));
  return 'directory';
}

/**
 * Reads a `.crate` that may be hostile, entry by entry. Nothing of it is believed: one gzip member, POSIX or GNU
 * headers, regular files and folders below `name-version/` only, each path once, limits kept while inflating.
 * A consumer that keeps what it was given must throw it away when the iteration throws, as late bytes can be the bad ones.
 *
 * @throws {CrateArchiveError} with the typed reason of the refusal.
 */
export async function* readCrate(
  source: CrateBytes,
  options: ReadCrateOptions,
): AsyncGenerator<CrateEntry, void> {
  const limits = { ...DEFAULT_ARCHIVE_LIMITS, ...options.limits };
  const paths = new ArchivePaths(`${options.name}-${options.version}`, limits.pathBytes);
  const reader = new ByteReader(gunzipSingle(await loadCrate(source, limits.compressedBytes), limits));
  try {
    let extensions: TarExtensions = {};
    let headers = 0;
    for (;;) {
      const bytes = await block(reader, 'before its end was marked');
      if (isZero(bytes)) {
        if (Object.keys(extensions).length > 0)
          throw new CrateArchiveError('truncated', 'after an extended header');
        await readEnd(reader);
        if (headers === 0) throw new CrateArchiveError('not-tar', 'it is empty');
        return;
      }
      headers += 1;
      if (headers > limits.entries)
        throw new CrateArchiveError('too-many-entries', `more than ${limits.entries}`);
      const header = readTarHeader(bytes);
      if (header.type === 'L' || header.type === 'x') {
        if (Object.keys(extensions).length > 0)
          throw new CrateArchiveError('bad-header', 'two extended headers');
        extensions = await readExtension(reader, header);
        continue;
      }
      const path = extensions.path ?? header.path;
      if (extensions.size !== undefined && extensions.size !== header.size) {
        throw new CrateArchiveError('size-mismatch', shownPath(path));
      }
      extensions = {};
      const type = typeOf(header, path);
      const segments = paths.admit(path, type);
      const left = { bytes: header.size };
      const content = contentOf(reader, left);
      yield {
        type,
        path: segments.join('/'),
        segments,
        size: header.size,
        executable: (header.mode & 0o100) !== 0,
        content,
      };
      for await (const rest of contentOf(reader, left)) void rest;
      await skipPadding(reader, header.size);
    }
  } finally {
    await reader.close();
  }
}
