import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { SentenceError } from '@buildsrs/common';

/**
 * The authorities to trust: the usual ones and those of the named files; `undefined` where no file is named, as the
 * runtime then knows best.
 *
 * @throws {SentenceError} when a file cannot be read.
 */
export async function trustedCertificates(
  files: readonly (string | undefined)[],
): Promise<string[] | undefined> {
  const named = [...new Set(files.filter((file) => file !== undefined && file !== ''))] as string[];
  if (named.length === 0) return undefined;
  const own = await Promise.all(
    named.map(async (file) => {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        throw new SentenceError(
          'no-certificates',
          `The certificates in ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
          { exitCode: 2, cause: error },
        );
      });
      if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
      throw new SentenceError('no-certificates', `There is no PEM certificate in ${file}.`, { exitCode: 2 });
    }),
  );
  return [...rootCertificates, ...own];
}
