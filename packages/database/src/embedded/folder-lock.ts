import { SentenceError } from '@buildsrs/common';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.ts';

/** A folder that is ours until released. */
export interface FolderLock extends AsyncDisposable {
  release(): Promise<void>;
}

/** The file in a folder that names the process that uses it. */
export const LOCK_FILE = 'in-use.pid';

/**
 * Takes a folder for this process, by a file in it that names the process. A folder whose owner is dead is taken over,
 * however long ago it died; one whose owner lives is refused.
 *
 * @throws {SentenceError} `data-in-use` or `data-unusable`, exit code 3.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = path.join(folder, LOCK_FILE);
  const mine = `${await processIdentity(process.pid)}\n`;
  const candidate = path.join(folder, `.${LOCK_FILE}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(candidate, mine);
  } catch (error) {
    throw unusable(folder, error);
  }
  try {
    while (!(await placed(candidate, file))) {
      const owner = await readFile(file, 'utf8').catch(() => undefined);
      if (owner === undefined) continue;
      const pid = Number.parseInt(owner, 10);
      if (owner === `${await processIdentity(pid)}\n`) throw inUse(folder, pid);
      await removeStale(file, owner, candidate);
    }
  } finally {
    await rm(candidate, { force: true });
  }
  const release = async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** A link appears whole or not at all, and never over another. */
async function placed(candidate: string, file: string): Promise<boolean> {
  try {
    await link(candidate, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a dead owner's file away. Only one process may at a time, and it looks again first: the file may by now be that
 * of somebody who lives.
 */
async function removeStale(file: string, owner: string, candidate: string): Promise<void> {
  const turn = `${file}.takeover`;
  if (!(await placed(candidate, turn))) {
    const other = await readFile(turn, 'utf8').catch(() => '');
    if (other !== '' && other !== `${await processIdentity(Number.parseInt(other, 10))}\n`)
      await rm(turn, { force: true });
    await sleep(5);
    return;
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === owner) await rm(file, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

function inUse(folder: string, pid: number): SentenceError {
  return new SentenceError(
    'data-in-use',
    `The data folder ${folder} is in use by process ${pid}; stop that one first, or give this one another folder.`,
    { exitCode: 3 },
  );
}

function unusable(folder: string, error: unknown): SentenceError {
  return new SentenceError(
    'data-unusable',
    `The data folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}); give another one, or mend its rights.`,
    { exitCode: 3, cause: error },
  );
}
