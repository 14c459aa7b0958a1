import { constants } from 'node:fs';
import { copyFile, lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { BadOutputError } from '../../errors.ts';

/**
 * Copies a regular file below `root` where a system has no `/proc/self/fd` to open it component by component (macOS). A
 * path whose real form is another has a link in it; between that look and the copy nothing of the build is alive.
 *
 * @throws {BadOutputError}
 */
export async function collectFileByPath(
  root: string,
  file: string,
  destination: string,
  maxBytes: number,
): Promise<{ size: number; executable: boolean }> {
  if (file.split('/').some((part) => ['', '.', '..'].includes(part))) {
    throw new BadOutputError('irregular', `"${file}" is not a path below the build's folder.`);
  }
  const path = join(await realpath(root), file);
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) throw new BadOutputError('missing', `The build left no file "${file}".`);
  if (!stats.isFile() || (await realpath(path)) !== path) {
    throw new BadOutputError('irregular', `"${file}" is not a regular file.`);
  }
  if (stats.size > maxBytes) {
    throw new BadOutputError('too-large', `"${file}" is larger than the ${maxBytes} bytes it may have.`);
  }
  await copyFile(path, destination, constants.COPYFILE_EXCL);
  return { size: stats.size, executable: (stats.mode & 0o111) !== 0 };
}
