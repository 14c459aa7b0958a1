import { parseCrateName } from '@buildsrs/common';
import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FolderIndex } from './folder-index.ts';
import { GitIndex } from './git-index.ts';
import { indexPathOf } from './index-path.ts';
import type { IndexChanges } from './index-source.ts';
import { openIndex } from './open-index.ts';
import { FIXTURE_CRATES_DIR, FIXTURE_REGISTRY_DIR, readFixtureCrates } from './testing/index.ts';

const run = promisify(execFile);
const lacksGit =
  spawnSync('git', ['--version']).status !== 0 && process.env['BUILDSRS_TEST_REQUIRE_ALL'] !== '1';
const ALL = [...new Set(readFixtureCrates(FIXTURE_CRATES_DIR).map((version) => version.name))].toSorted();
const hello = parseCrateName('hello-buildsrs');

let root: string;
let upstream: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'buildsrs-index-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function commit(directory: string): Promise<void> {
  const as = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  await run('git', ['-C', directory, 'add', '--all']);
  await run('git', ['-C', directory, ...as, 'commit', '--quiet', '-m', 'change']);
}
async function names(changes: IndexChanges): Promise<string[]> {
  return (await Array.fromAsync(changes.crates)).map((crate) => crate.name).toSorted();
}
async function write(directory: string, name: string, ...lines: readonly object[]): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(join(directory, indexPathOf(parseCrateName(name))), text);
}
const line = (name: string): object => ({
  name,
  vers: '9.0.0',
  deps: [],
  cksum: 'cd'.repeat(32),
  features: {},
});

beforeEach(async () => {
  upstream = await mkdtemp(join(root, 'upstream-'));
  await cp(FIXTURE_REGISTRY_DIR, upstream, { recursive: true });
  await writeFile(
    join(upstream, 'config.json'),
    '{"dl":"https://static.example.com/crates","api":"https://example.com"}',
  );
});

describe.skipIf(lacksGit)('a git repository (git is needed)', () => {
  beforeEach(async () => {
    await run('git', ['init', '--quiet', upstream]);
    await symlink('../../config.json', join(upstream, 'he/ll/link-buildsrs'));
    await commit(upstream);
  });

  test('gives every crate first, then only what changed', async () => {
    const clone = await mkdtemp(join(root, 'clone-'));
    await run('git', ['clone', '--quiet', '--bare', upstream, clone]);
    const index = openIndex(clone);
    expect(index).toBeInstanceOf(GitIndex);
    expect(await index.config()).toEqual({
      dl: 'https://static.example.com/crates',
      api: 'https://example.com',
    });
    const first = (await index.changes?.(undefined)) as IndexChanges;
    expect(first.cursor).toMatch(/^[0-9a-f]{40}$/);
    expect(await names(first)).toEqual(ALL);
    expect((await index.names?.())?.toSorted()).toEqual(ALL);
    const nothing = (await index.changes?.(first.cursor)) as IndexChanges;
    expect(nothing.cursor).toBe(first.cursor);
    expect(await names(nothing)).toEqual([]);

    await write(upstream, 'hello-buildsrs', line('hello-buildsrs'));
    await rm(join(upstream, indexPathOf(parseCrateName('library-buildsrs'))));
    await writeFile(join(upstream, 'README.md'), 'not a crate');
    await commit(upstream);
    const second = (await index.changes?.(first.cursor)) as IndexChanges;
    expect(second.cursor).not.toBe(first.cursor);
    const crates = await Array.fromAsync(second.crates);
    expect(crates.map((crate) => [crate.name, crate.entries.map((entry) => entry.version)])).toEqual([
      ['hello-buildsrs', ['9.0.0']],
      ['library-buildsrs', []],
    ]);
    expect(await index.lookUp(hello)).toMatchObject({
      status: 'found',
      crate: { entries: [{ version: '9.0.0' }] },
    });
    expect(await index.lookUp(parseCrateName('library-buildsrs'))).toEqual({ status: 'absent' });
  });

  test('that is shallow, or that lost a commit, still gives all that is needed', async () => {
    const clone = await mkdtemp(join(root, 'shallow-'));
    await run('git', ['clone', '--quiet', '--depth=1', `file://${upstream}`, clone]);
    const index = new GitIndex(clone);
    const first = await index.changes(undefined);
    expect(await names(first)).toEqual(ALL);
    await write(upstream, 'hello-buildsrs', line('hello-buildsrs'));
    await commit(upstream);
    const second = await index.changes(first.cursor);
    expect(await names(second)).toEqual(['hello-buildsrs']);
    expect(await names(await index.changes('0'.repeat(40)))).toEqual(ALL);
    expect(await names(await index.changes('--output=/tmp/x'))).toEqual(ALL);
  });

  test('without a remote is read as it is, and many large files do not mix', async () => {
    await write(
      upstream,
      'hello-buildsrs',
      ...Array.from({ length: 3_000 }, (_, at) => ({ ...line('hello-buildsrs'), vers: `${at}.0.0` })),
    );
    await commit(upstream);
    const crates = await Array.fromAsync((await new GitIndex(upstream).changes(undefined)).crates);
    expect(crates.find((crate) => crate.name === 'hello-buildsrs')?.entries).toHaveLength(3_000);
    expect(crates.flatMap((crate) => crate.skipped)).toEqual([]);
    expect(crates).toHaveLength(ALL.length);
  });

  test('whose remote is gone is a sentence', async () => {
    const clone = await mkdtemp(join(root, 'gone-'));
    await run('git', ['clone', '--quiet', '--bare', upstream, clone]);
    await rm(upstream, { recursive: true });
    await expect(new GitIndex(clone).changes(undefined)).rejects.toMatchObject({
      name: 'SentenceError',
      code: 'registry-unreachable',
    });
  });
});

describe('a folder', () => {
  test('gives every crate, and nothing as long as nothing changes', async () => {
    const index = openIndex(upstream);
    expect(index).toBeInstanceOf(FolderIndex);
    const first = (await index.changes?.(undefined)) as IndexChanges;
    expect(await names(first)).toEqual(ALL);
    expect((await index.names?.())?.toSorted()).toEqual(ALL);
    expect(await names((await index.changes?.(first.cursor)) as IndexChanges)).toEqual([]);
    await write(upstream, 'hello-buildsrs', line('hello-buildsrs'));
    const second = (await index.changes?.(first.cursor)) as IndexChanges;
    expect(second.cursor).not.toBe(first.cursor);
    expect(await names(second)).toEqual(ALL);
    expect(await index.lookUp(hello)).toMatchObject({
      status: 'found',
      crate: { entries: [{ version: '9.0.0' }] },
    });
    expect(await index.lookUp(parseCrateName('absent'))).toEqual({ status: 'absent' });
  });

  test('with nothing of an index in it says so', async () => {
    await expect(openIndex(FIXTURE_CRATES_DIR).changes?.(undefined)).rejects.toMatchObject({
      code: 'not-an-index',
      message: expect.stringContaining('holds no index files') as string,
    });
  });

  test('without a config.json says so', async () => {
    await rm(join(upstream, 'config.json'));
    await expect(openIndex(upstream).config()).rejects.toMatchObject({ code: 'no-registry-config' });
  });
});

test.each(['https://index.example.com/', 'ftp://x', '/nowhere/at/all', 'sparse+', 'sparse+file:///x', ''])(
  '%j is no registry',
  (registry) => {
    expect(() => openIndex(registry)).toThrow(
      expect.objectContaining({ code: 'bad-registry', exitCode: 2 }) as Error,
    );
  },
);
