import { chmod, lstat, open, readdir, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { BadOutputError } from './errors.ts';

/** Makes folders below `dir` writable for us, without following links: a build may have taken the right away. */
async function unlock(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await unlock(join(dir, entry.name));
  }
}

/** Removes a folder with all that is in it, links unfollowed, folders without write permission included. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await unlock(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Bytes on disk below a folder, links unfollowed; what vanishes meanwhile counts nothing. */
export async function treeBytes(dir: string, stopAbove = Number.POSITIVE_INFINITY): Promise<number> {
  let total = 0;
  const pending = [dir];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) pending.push(path);
      // st_blocks counts 512-byte units: a sparse file costs what it holds, not what it claims.
      else total += ((await lstat(path).catch(() => undefined))?.blocks ?? 0) * 512;
      if (total > stopAbove) return total;
    }
  }
  return total;
}

/**
 * Opens a file that a build left, for reading: only a regular file, never through a link at its end, never waiting
 * for the other side of a pipe. The caller has made sure that no process of the build is alive.
 *
 * @throws {BadOutputError}
 */
export async function openRegular(path: string, maxBytes: number) {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new BadOutputError('missing', 'The file is not there.');
    throw new BadOutputError(
      'irregular',
      `The file cannot be opened as a regular file (${code ?? 'unknown'}).`,
    );
  }
  const stats = await file.stat();
  const problem = !stats.isFile()
    ? new BadOutputError('irregular', 'It is not a regular file.')
    : stats.size > maxBytes
      ? new BadOutputError('too-large', `The file has ${stats.size} bytes; ${maxBytes} is the most.`)
      : undefined;
  if (problem !== undefined) {
    await file.close();
    throw problem;
  }
  return { file, size: stats.size, executable: (stats.mode & 0o111) !== 0 };
}
