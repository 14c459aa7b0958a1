import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { BadOutputError } from '../../errors.ts';
import { words } from './words.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies a regular file below `root` to `destination`, opened component by component from descriptors, so that no link
 * anywhere on the way is followed. To be called only when no process can write below `root` any more.
 *
 * @throws {BadOutputError} for anything but a regular file of at most `maxBytes`; `destination` is then not there.
 */
export async function collectFile(
  root: string,
  file: string,
  destination: string,
  maxBytes: number,
): Promise<{ size: number; executable: boolean; sha256: string }> {
  const components = file.split('/');
  const wrong = components.some(
    (part) => part === '' || part === '.' || part === '..' || part.includes('\0'),
  );
  if (wrong) throw new BadOutputError('irregular', `"${file}" is not a path below the build's folder.`);
  await using source = await openBelow(root, components, file);
  const stats = await source.stat();
  refuseUnfit(stats, file, maxBytes);
  // Read, write and execute for us alone: it becomes executable where it is published, not here.
  const target = await open(destination, 'wx', 0o600);
  try {
    const { size, sha256 } = await copy(source, target, file, maxBytes);
    return { size, executable: (stats.mode & 0o111) !== 0, sha256 };
  } catch (error) {
    await rm(destination, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}

async function openBelow(root: string, components: readonly string[], file: string): Promise<FileHandle> {
  let directory = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const [index, component] of components.entries()) {
      const last = index === components.length - 1;
      // A fifo would block an open for reading; a device is not opened for its effects' sake either way: nodev mounts.
      const kind = last ? constants.O_NONBLOCK : constants.O_DIRECTORY;
      // Through the descriptor of the folder, which is Linux's way to openat(2) without native code.
      const next = await open(
        `/proc/self/fd/${directory.fd}/${component}`,
        constants.O_RDONLY | constants.O_NOFOLLOW | kind,
      );
      await directory.close();
      directory = next;
    }
    return directory;
  } catch (error) {
    await directory.close();
    throw asBadOutput(error as NodeJS.ErrnoException, file);
  }
}

/** How opening something that is no plain file fails: links, devices without driver, sockets, names too long. */
const UNFIT_CODES = new Set(words('ELOOP ENOTDIR ENXIO ENODEV ENAMETOOLONG EACCES'));

function asBadOutput(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code === 'ENOENT') return new BadOutputError('missing', `The build left no file "${file}".`);
  if (UNFIT_CODES.has(error.code ?? ''))
    return new BadOutputError('irregular', `"${file}" is a link, or no file that can be read.`);
  return error;
}

function refuseUnfit(stats: Stats, file: string, maxBytes: number): void {
  if (!stats.isFile()) throw new BadOutputError('irregular', `"${file}" is not a regular file.`);
  if (stats.size > maxBytes) throw tooLarge(file, maxBytes);
}

function tooLarge(file: string, maxBytes: number): BadOutputError {
  return new BadOutputError('too-large', `"${file}" is larger than the ${maxBytes} bytes it may have.`);
}

async function copy(source: FileHandle, target: FileHandle, file: string, maxBytes: number) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let size = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) break;
    size += bytesRead;
    if (size > maxBytes) throw tooLarge(file, maxBytes);
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await target.writeFile(chunk);
  }
  return { size, sha256: hash.digest('hex') };
}
