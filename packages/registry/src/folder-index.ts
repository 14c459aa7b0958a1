import { SentenceError, type CrateName } from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseIndexFile } from './index-file.ts';
import { indexPathOf, nameOfIndexPath } from './index-path.ts';
import type { IndexChanges, IndexedCrate, IndexLookup, IndexSource } from './index-source.ts';
import { readRegistryConfig, type RegistryConfig } from './registry-config.ts';

async function* indexFilesBelow(directory: string, below: string): AsyncGenerator<string, void> {
  const entries = await readdir(join(directory, below), { withFileTypes: true });
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    // Prefix folders are at most two letters; links are not followed.
    if (entry.isDirectory() && entry.name.length <= 2) yield* indexFilesBelow(directory, path);
    else if (entry.isFile() && nameOfIndexPath(path) !== undefined) yield path;
  }
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

/** Reads a folder of index files. */
export class FolderIndex implements IndexSource {
  readonly kind = 'folder';
  readonly location: string;

  constructor(directory: string) {
    this.location = directory;
  }

  async config(): Promise<RegistryConfig> {
    const text = await readFile(join(this.location, 'config.json'), 'utf8').catch(() => undefined);
    if (text === undefined) {
      throw new SentenceError('no-registry-config', `The folder ${this.location} has no config.json.`);
    }
    return readRegistryConfig(text, this.location);
  }

  async lookUp(name: CrateName): Promise<IndexLookup> {
    const file = join(this.location, indexPathOf(name));
    if (!(await isThere(file))) return { status: 'absent' };
    const crate = await parseIndexFile(name, createReadStream(file));
    if (crate.name === undefined) return { status: 'absent' };
    return { status: 'found', crate: { ...crate, name: crate.name }, validator: undefined };
  }

  /** The cursor is a digest of every file's name, size and time: when it is the same, nothing is read. */
  async changes(since: string | undefined): Promise<IndexChanges> {
    const hash = createHash('sha256');
    const paths: string[] = [];
    for await (const path of indexFilesBelow(this.location, '')) {
      const { size, mtimeNs } = await stat(join(this.location, path), { bigint: true });
      hash.update(`${path} ${size} ${mtimeNs}\n`);
      paths.push(path);
    }
    if (paths.length === 0 && !(await isThere(join(this.location, 'config.json')))) {
      throw new SentenceError(
        'not-an-index',
        `The folder ${this.location} holds no index files. An index has them at paths such as se/rd/serde.`,
      );
    }
    const cursor = hash.digest('hex');
    return { cursor, crates: this.#read(cursor === since ? [] : paths) };
  }

  async *#read(paths: readonly string[]): AsyncGenerator<IndexedCrate, void> {
    for (const path of paths) {
      const name = nameOfIndexPath(path) as CrateName;
      const crate = await parseIndexFile(name, createReadStream(join(this.location, path)));
      yield { ...crate, name: crate.name ?? name };
    }
  }

  async names(): Promise<readonly string[]> {
    const paths = await Array.fromAsync(indexFilesBelow(this.location, ''));
    return paths.map((path) => nameOfIndexPath(path) as string);
  }

  async close(): Promise<void> {}
}
