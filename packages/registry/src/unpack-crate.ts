import { mkdir, open, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS } from './archive-limits.ts';
import { loadCrate, type CrateBytes } from './crate-bytes.ts';
import { readCrate, type CrateEntry, type ReadCrateOptions } from './read-crate.ts';

/** A file that was unpacked. */
export interface UnpackedFile {
  /** Below the crate's folder, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
}

/** What {@link unpackCrate} wrote. */
export interface UnpackedCrate {
  /** `destinationDir/name-version`. */
  readonly directory: string;
  readonly files: readonly UnpackedFile[];
}

async function writeEntry(file: string, entry: CrateEntry): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  await using handle = await open(file, flags, entry.executable ? 0o755 : 0o644);
  for await (const chunk of entry.content) await handle.writeFile(chunk);
}

/**
 * Unpacks a `.crate` into `destinationDir/name-version`, a folder it makes and that must not be there yet. Files get
 * mode 644 or 755, folders 755; owners and times are not taken. The archive is read to its end before anything is
 * written, so that a refused one leaves nothing; when writing fails, the folder is removed.
 *
 * @throws {CrateArchiveError} with the typed reason of the refusal; errors of the file system as they are.
 */
export async function unpackCrate(
  source: CrateBytes,
  destinationDir: string,
  options: ReadCrateOptions,
): Promise<UnpackedCrate> {
  const bytes = await loadCrate(
    source,
    options.limits?.compressedBytes ?? DEFAULT_ARCHIVE_LIMITS.compressedBytes,
  );
  for await (const entry of readCrate(bytes, options)) void entry;
  const directory = join(destinationDir, `${options.name}-${options.version}`);
  await mkdir(directory, { mode: 0o755 });
  const files: UnpackedFile[] = [];
  const made = new Set<string>();
  try {
    for await (const entry of readCrate(bytes, options)) {
      const parents = entry.type === 'directory' ? entry.segments : entry.segments.slice(0, -1);
      const parent = join(directory, ...parents);
      if (!made.has(parent)) {
        await mkdir(parent, { recursive: true, mode: 0o755 });
        made.add(parent);
      }
      if (entry.type === 'directory') continue;
      await writeEntry(join(directory, ...entry.segments), entry);
      files.push({ path: entry.path, size: entry.size, executable: entry.executable });
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return { directory, files };
}
