import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import { formatPrivateKey, generateBuilderKey, parsePrivateKey, type BuilderKey } from '../ssh/index.ts';

/** How a program keeps its private key in a file. */
export interface KeyFileOptions {
  /** What to do when there is none, a sentence. */
  readonly advice: string;
  /** Comment of a key that is made: whose it is. */
  readonly comment?: string;
  warn(sentence: string): void;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Reads a private key. A key that others may read is only warned about: secrets mounted into containers often are so.
 *
 * @throws {SentenceError} when there is none, it cannot be read, or others on this machine may change it.
 */
export async function readKeyFile(path: string, options: KeyFileOptions): Promise<BuilderKey> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32') {
      const mend = `Run: chmod 600 ${path}`;
      if ((mode & 0o022) !== 0) {
        throw new SentenceError('open-key', `The key file ${path} can be changed by others. ${mend}`, {
          exitCode: 2,
        });
      }
      if ((mode & 0o044) !== 0) options.warn(`The key file ${path} can be read by others. ${mend}`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (SentenceError.is(error)) throw error;
    const reason = isMissing(error)
      ? `There is no key file ${path}. ${options.advice}`
      : `The key file ${path} cannot be read: ${(error as Error).message}.`;
    throw new SentenceError('no-key', reason, { exitCode: 2, cause: error });
  }
  return parsePrivateKey(text);
}

/** Makes a key file that only its owner can read, unless it is there; gives its key. Never replaces a file. */
export async function makeKeyFile(path: string, options: KeyFileOptions): Promise<BuilderKey> {
  await mkdir(dirname(path), { recursive: true });
  const key = generateBuilderKey(options.comment);
  try {
    await writeFile(path, formatPrivateKey(key), { mode: 0o600, flag: 'wx' });
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readKeyFile(path, options);
    const reason = `The key file ${path} cannot be written: ${(error as Error).message}.`;
    throw new SentenceError('no-key', reason, { exitCode: 2, cause: error });
  }
}
