import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { parseDigest, type ArchiveMember, type Digest } from '@buildsrs/common';
import { Gzip, Zip, ZipDeflate } from 'fflate';
import { ExecutorError } from '../errors.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts';

/** A file that goes into an archive. */
export interface ArchiveEntry {
  /** Its path in the archive, with `/`. */
  readonly path: string;
  /** Where it is on this machine, in a folder no build can reach. */
  readonly file: string;
  readonly executable: boolean;
}

/** What {@link writeArchive} wrote. */
export interface WrittenArchive {
  readonly sha256: Digest;
  readonly size: number;
  readonly members: readonly ArchiveMember[];
}

/** Takes pieces of an archive and gives compressed bytes to a callback, all at once and in order. */
interface ArchiveFormat {
  begin(entry: ArchiveEntry, size: number): void;
  content(chunk: Uint8Array): void;
  finish(size: number): void;
  end(): void;
}

/**
 * The compressor is fflate and not zlib on purpose: builds of zlib choose other matches on other processors, and an
 * archive's bytes must be the same wherever it was packed.
 */
const LEVEL = 6;

function tarGzip(mtime: number, emit: (bytes: Uint8Array) => void): ArchiveFormat {
  // No name and no time in gzip's header: mtime 0 means that there is none (RFC 1952 §2.3.1).
  const gzip = new Gzip({ level: LEVEL, mtime: 0 }, (bytes) => emit(bytes));
  return {
    begin: (entry, size) =>
      gzip.push(tarHeader({ path: entry.path, size, executable: entry.executable, mtime })),
    content: (chunk) => gzip.push(chunk),
    finish: (size) => gzip.push(tarPadding(size)),
    end: () => gzip.push(TAR_END, true),
  };
}

function zip(mtime: number, emit: (bytes: Uint8Array) => void): ArchiveFormat {
  const utc = new Date(mtime * 1_000);
  // ZIP keeps local time; a date with the fields of UTC gives the same bytes in every time zone.
  const fields = new Date(
    utc.getUTCFullYear(),
    utc.getUTCMonth(),
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    utc.getUTCSeconds(),
  );
  const archive = new Zip((error, bytes) => {
    if (error !== null) throw error;
    emit(bytes);
  });
  let file: ZipDeflate | undefined;
  return {
    begin: (entry) => {
      file = new ZipDeflate(entry.path, { level: LEVEL, mem: 8 });
      file.mtime = fields;
      // 3: the attributes are Unix modes, a regular file's in the upper half.
      file.os = 3;
      file.attrs = ((0o100000 | (entry.executable ? 0o755 : 0o644)) << 16) >>> 0;
      archive.add(file);
    },
    content: (chunk) => file?.push(chunk),
    finish: () => file?.push(new Uint8Array(0), true),
    end: () => archive.end(),
  };
}

/**
 * Writes a `.tar.gz` or `.zip` whose bytes depend on nothing but the entries' names, contents and executable bits and
 * on `mtime`: entries are sorted, owners and modes normalised. Members are hashed in the same pass.
 *
 * @param options.mtime Seconds since 1970, of every entry.
 */
export async function writeArchive(options: {
  readonly format: '.tar.gz' | '.zip';
  readonly entries: readonly ArchiveEntry[];
  readonly destination: string;
  readonly mtime: number;
}): Promise<WrittenArchive> {
  const output: Uint8Array[] = [];
  const format = (options.format === '.zip' ? zip : tarGzip)(options.mtime, (bytes) => output.push(bytes));
  const hash = createHash('sha256');
  let written = 0;
  const members: ArchiveMember[] = [];
  await using target = await open(options.destination, 'wx', 0o600);
  const flush = async (): Promise<void> => {
    for (const bytes of output.splice(0)) {
      hash.update(bytes);
      written += bytes.length;
      await target.writeFile(bytes);
    }
  };
  for (const entry of options.entries.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    const { size } = await stat(entry.file);
    const memberHash = createHash('sha256');
    let read = 0;
    format.begin(entry, size);
    for await (const chunk of createReadStream(entry.file) as AsyncIterable<Buffer>) {
      read += chunk.length;
      memberHash.update(chunk);
      // A copy: the compressor keeps a window of what it was given, and streams use their buffers again.
      format.content(Uint8Array.from(chunk));
      await flush();
      // Compression is work of this thread; heartbeats must get through.
      await breathe();
    }
    if (read !== size) throw new ExecutorError(`${entry.path} changed while it was packed.`);
    format.finish(size);
    members.push({
      path: entry.path,
      sha256: parseDigest(memberHash.digest('hex')),
      size,
      executable: entry.executable,
    });
  }
  format.end();
  await flush();
  return { sha256: parseDigest(hash.digest('hex')), size: written, members };
}
