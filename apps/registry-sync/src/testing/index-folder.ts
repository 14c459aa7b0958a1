import { indexPathOf } from '@buildsrs/registry';
import { parseCrateName } from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A version to be written into an index. */
export interface IndexVersion {
  readonly version: string;
  readonly yanked?: boolean;
  /** Instead of one made of name and version. */
  readonly checksum?: string;
}

/** A folder of index files that a test writes as it likes. */
export interface IndexFolder extends AsyncDisposable {
  readonly directory: string;
  write(name: string, ...versions: readonly IndexVersion[]): Promise<void>;
  /** Writes bytes as a crate's file. */
  writeRaw(name: string, text: string): Promise<void>;
}

/** Makes an empty index with a `config.json`. */
export async function makeIndexFolder(): Promise<IndexFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'buildsrs-sync-'));
  await writeFile(join(directory, 'config.json'), '{"dl":"https://static.example.com/crates"}');
  const writeRaw = async (name: string, text: string): Promise<void> => {
    const file = join(directory, indexPathOf(parseCrateName(name)));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  return {
    directory,
    writeRaw,
    write: async (name, ...versions) => {
      const lines = versions.map(({ version, yanked, checksum }) =>
        JSON.stringify({
          name,
          vers: version,
          deps: [],
          cksum: checksum ?? createHash('sha256').update(`${name} ${version}`).digest('hex'),
          features: { default: ['std'], std: [] },
          yanked: yanked ?? false,
          rust_version: '1.70',
        }),
      );
      await writeRaw(name, `${lines.join('\n')}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      await rm(directory, { recursive: true, force: true });
    },
  };
}
