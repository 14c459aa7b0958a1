import { randomBytes } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import { diskSentence } from './disk-sentence.ts';

/** Removes folders that were made for nothing, from the innermost up to the first that was made. */
async function removeMade(folder: string, firstMade: string | undefined): Promise<void> {
  if (firstMade === undefined) return;
  for (let current = folder; ; current = dirname(current)) {
    await rmdir(current);
    if (current === firstMade) return;
  }
}

/**
 * Puts programs into a folder, all or none: they are copied beside their places first, and then renamed.
 *
 * @throws {SentenceError} `cannot-write`; then nothing is left behind.
 */
export async function placePrograms(
  from: string,
  programs: readonly string[],
  binDir: string,
): Promise<void> {
  const firstMade = await mkdir(binDir, { recursive: true }).catch((error: unknown) => {
    throw diskSentence(error, binDir);
  });
  const mark = `.builds-${randomBytes(6).toString('hex')}-`;
  const staged = programs.map((name) => ({ name, path: join(binDir, `${mark}${name}`) }));
  try {
    for (const { name, path } of staged) {
      const place = await lstat(join(binDir, name)).catch(() => undefined);
      if (place?.isDirectory() === true) {
        throw new SentenceError('cannot-write', `${join(binDir, name)} is a folder. Nothing was installed.`);
      }
      await copyFile(join(from, name), path);
      await chmod(path, 0o755);
    }
    for (const { name, path } of staged) await rename(path, join(binDir, name));
  } catch (error) {
    for (const { path } of staged) await rm(path, { force: true }).catch(() => {});
    await removeMade(binDir, firstMade).catch(() => {});
    throw diskSentence(error, binDir);
  }
}
