import { readFile } from 'node:fs/promises';
import { SentenceError } from '@buildsrs/common';
import { readOverrides, type Overrides } from '@buildsrs/registry';

/**
 * The operator's override file, read once at the start; none without a file.
 *
 * @throws {SentenceError} when it cannot be read or has something that is not understood, exit code 2.
 */
export async function readOverridesFile(file: string | undefined): Promise<Overrides> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SentenceError('bad-overrides', `The override file ${file} cannot be read (${code}).`, {
      exitCode: 2,
      cause: error,
    });
  }
  return readOverrides(text);
}
