import { SentenceError, type CrateName } from '@buildsrs/common';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GitBlobs } from './git-blobs.ts';
import { git, runGit } from './git-command.ts';
import { parseIndexFile } from './index-file.ts';
import { indexPathOf, nameOfIndexPath } from './index-path.ts';
import type { IndexChanges, IndexedCrate, IndexLookup, IndexSource } from './index-source.ts';
import { readRegistryConfig, type RegistryConfig } from './registry-config.ts';

/** Where what was fetched is kept; branches and the work tree of a checkout are left alone. */
const FETCHED = 'refs/buildsrs/head';

interface ChangedFile {
  readonly path: string;
  /** `undefined`: the file is gone. */
  readonly blob: string | undefined;
}

/** Whether a folder is a git repository, bare or with a work tree. */
export function isGitRepository(directory: string): boolean {
  return (
    existsSync(join(directory, '.git')) ||
    (existsSync(join(directory, 'HEAD')) && existsSync(join(directory, 'objects')))
  );
}

/** A blob of a regular file: `100644` or `100755`; links and submodules are nothing an index has. */
const isRegular = (mode: string): boolean => mode.startsWith('100');

function readTree(text: string): ChangedFile[] {
  return text.split('\0').flatMap((line) => {
    const match = /^(\d{6}) blob ([0-9a-f]+)\t(.*)$/s.exec(line);
    return match !== null && isRegular(match[1] as string)
      ? [{ path: match[3] as string, blob: match[2] }]
      : [];
  });
}

function readDiff(text: string): ChangedFile[] {
  const parts = text.split('\0');
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const match = /^:\d{6} (\d{6}) [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*$/.exec(parts[at] as string);
    if (match === null) continue;
    const path = parts[at + 1] as string;
    files.push({ path, blob: isRegular(match[1] as string) ? match[2] : undefined });
  }
  return files;
}

/**
 * Reads an index from a git repository, bare or a checkout, through the program `git`. Where the repository has a
 * remote `origin`, its newest commit is fetched first; between two commits only files that differ are read.
 */
export class GitIndex implements IndexSource {
  readonly kind = 'git';
  readonly location: string;

  constructor(directory: string) {
    this.location = directory;
  }

  async #git(args: readonly string[], signal?: AbortSignal): Promise<string> {
    return await git(['-C', this.location, ...args], signal);
  }

  async #hasCommit(commit: string): Promise<boolean> {
    return (await runGit(['-C', this.location, 'cat-file', '-e', `${commit}^{commit}`])).status === 0;
  }

  /** Fetches the newest commit, where there is somewhere to fetch from. */
  async #fetch(signal?: AbortSignal): Promise<void> {
    if ((await runGit(['-C', this.location, 'remote', 'get-url', 'origin'])).status !== 0) return;
    const shallow = (await this.#git(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
    const depth = shallow ? ['--depth=1'] : [];
    const args = ['fetch', '--quiet', '--no-tags', ...depth, 'origin', `+HEAD:${FETCHED}`];
    const output = await runGit(['-C', this.location, ...args], signal);
    signal?.throwIfAborted();
    if (output.status === 0) return;
    const reason = output.stderr.trim().split('\n').at(-1) ?? '';
    throw new SentenceError(
      'registry-unreachable',
      `The git index ${this.location} cannot be brought up to date: ${reason.slice(0, 300)} Check the network.`,
    );
  }

  async #head(): Promise<string> {
    const fetched = await runGit([
      '-C',
      this.location,
      'rev-parse',
      '--verify',
      '--quiet',
      `${FETCHED}^{commit}`,
    ]);
    if (fetched.status === 0) return fetched.stdout.toString('latin1').trim();
    return (await this.#git(['rev-parse', '--verify', 'HEAD^{commit}'])).trim();
  }

  async #file(path: string): Promise<Buffer | undefined> {
    const output = await runGit(['-C', this.location, 'cat-file', 'blob', `${await this.#head()}:${path}`]);
    return output.status === 0 ? output.stdout : undefined;
  }

  async config(): Promise<RegistryConfig> {
    const text = await this.#file('config.json');
    if (text === undefined) {
      throw new SentenceError('no-registry-config', `The git index ${this.location} has no config.json.`);
    }
    return readRegistryConfig(text.toString('utf8'), this.location);
  }

  /** From what was fetched last; only {@link changes} fetches. */
  async lookUp(name: CrateName): Promise<IndexLookup> {
    const content = await this.#file(indexPathOf(name));
    if (content === undefined) return { status: 'absent' };
    const crate = await parseIndexFile(name, [content]);
    if (crate.name === undefined) return { status: 'absent' };
    return { status: 'found', crate: { ...crate, name: crate.name }, validator: undefined };
  }

  /** The cursor is a commit. One that the repository no longer has means everything is read again. */
  async changes(since: string | undefined, options: { signal?: AbortSignal } = {}): Promise<IndexChanges> {
    await this.#fetch(options.signal);
    const cursor = await this.#head();
    const known = since !== undefined && /^[0-9a-f]{40,64}$/.test(since) && (await this.#hasCommit(since));
    const files = known
      ? readDiff(
          await this.#git(['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', since, cursor]),
        )
      : readTree(await this.#git(['ls-tree', '-r', '-z', cursor]));
    return { cursor, crates: this.#read(files) };
  }

  async names(): Promise<readonly string[]> {
    const files = readTree(await this.#git(['ls-tree', '-r', '-z', await this.#head()]));
    return files.flatMap(({ path }) => nameOfIndexPath(path) ?? []);
  }

  async *#read(files: readonly ChangedFile[]): AsyncGenerator<IndexedCrate, void> {
    await using blobs = new GitBlobs(this.location);
    for (const { path, blob } of files) {
      const name = nameOfIndexPath(path) as CrateName | undefined;
      if (name === undefined) continue;
      if (blob === undefined)
        yield { name, entries: [], skipped: [{ line: 0, reason: 'it is gone from the index' }] };
      else {
        const crate = await parseIndexFile(name, blobs.read(blob));
        yield { ...crate, name: crate.name ?? name };
      }
    }
  }

  async close(): Promise<void> {}
}
