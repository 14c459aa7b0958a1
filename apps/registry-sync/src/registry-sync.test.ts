import { parseCrateName, parseVersion } from '@buildsrs/common';
import { findCrate, findVersion, getRegistry, listTasks, listVersions } from '@buildsrs/database';
import { createTestDatabase, type TestDatabase } from '@buildsrs/database/testing';
import { CRATES_IO, serveRegistryFolder } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { execFile, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SyncSummary } from './sync-summary.ts';
import { makeIndexFolder, type IndexFolder } from './testing/index-folder.ts';
import { rowVersions } from './testing/row-versions.ts';
import { runMain } from './testing/run-main.ts';

const run = promisify(execFile);
const lacksGit =
  spawnSync('git', ['--version']).status !== 0 && process.env['BUILDSRS_TEST_REQUIRE_ALL'] !== '1';

let database: TestDatabase;
let folder: IndexFolder;
beforeEach(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), makeIndexFolder()]);
});
afterEach(async () => {
  await Promise.all([database[Symbol.asyncDispose](), folder[Symbol.asyncDispose]()]);
});

async function sync(registry: string, ...args: readonly string[]) {
  const result = await runMain(['--registry', registry, '--once', ...args], {
    BUILDSRS_DATABASE: database.url,
  });
  const summary = result.stdout === '' ? undefined : (JSON.parse(result.stdout) as SyncSummary);
  return { ...result, summary };
}
async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
const versions = async (name: string): Promise<string[]> =>
  (await listVersions(database.db, parseCrateName(name))).map(
    (row) => `${row.version}${row.yanked ? ' yanked' : ''}`,
  );

describe('named crates from a sparse index', () => {
  test('are written, then asked for with their validators, and nothing else is asked for', async () => {
    const seen: string[] = [];
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR, {
      onRequest: ({ path, status }) => seen.push(`${path} ${status}`),
    });
    try {
      const first = await sync(registry.index, 'hello-buildsrs', 'Greeting-Buildsrs', 'hello-buildsrs');
      expect(first.stderr).toBe('');
      expect(first.status).toBe(0);
      expect(first.summary).toEqual({
        registry: registry.index,
        crates: 2,
        notModified: 0,
        added: 6,
        yanked: 0,
        unyanked: 0,
        unchanged: 0,
        tasks: 0,
        refused: [],
        skipped: [],
        skippedLines: 0,
        absent: [],
      });
      expect(await versions('hello-buildsrs')).toEqual(['0.3.0-beta.1', '0.2.0', '0.1.1 yanked', '0.1.0']);
      expect(await findCrate(database.db, parseCrateName('hello_buildsrs'))).toMatchObject({
        name: 'hello-buildsrs',
        latest: '0.2.0',
      });
      expect(
        await findVersion(database.db, parseCrateName('hello-buildsrs'), parseVersion('0.2.0')),
      ).toMatchObject({ rustVersion: '1.70' });
      expect(await getRegistry(database.db)).toEqual({
        index: registry.index,
        dl: `${registry.url}/crates/{crate}/{version}/download`,
        api: null,
      });
      const before = await rowVersions(database.db);
      const second = await sync(registry.index, 'hello-buildsrs', 'Greeting-Buildsrs');
      expect(second.summary).toMatchObject({ crates: 0, notModified: 2, added: 0 });
      expect(await rowVersions(database.db)).toEqual(before);
      const expected = [
        '/config.json 200',
        '/config.json 200',
        '/gr/ee/greeting-buildsrs 200',
        '/gr/ee/greeting-buildsrs 304',
        '/he/ll/hello-buildsrs 200',
        '/he/ll/hello-buildsrs 304',
      ];
      await expect.poll(() => seen.toSorted(), { timeout: 30_000 }).toEqual(expected);
    } finally {
      await registry.close();
    }
  });

  test('that are not there are sentences with the nearest names, and the others are written', async () => {
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
    try {
      await sync(registry.index, 'greeting-buildsrs');
      const { status, stderr, summary } = await sync(
        registry.index,
        'hello-buildsrs',
        'greting-buildsrs',
        'qqqq',
        '../../etc',
      );
      expect(status).toBe(1);
      expect(summary?.added).toBe(4);
      expect(stderr.trim().split('\n').toSorted()).toEqual([
        `There is no crate named ../../etc in ${registry.index}. Check its spelling.`,
        `There is no crate named greting-buildsrs in ${registry.index}. Did you mean greeting-buildsrs?`,
        `There is no crate named qqqq in ${registry.index}. Check its spelling.`,
      ]);
    } finally {
      await registry.close();
    }
  });

  test('are asked for through the proxy that the environment names, those on this machine are not', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(403).end();
    });
    proxy.on('connect', (request: { url?: string }, socket: Duplex) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
    const url = await listening(proxy);
    const environment = { BUILDSRS_DATABASE: database.url, HTTP_PROXY: url };
    try {
      const far = ['--registry', 'sparse+http://index.example.test/', '--once', 'hello-buildsrs'];
      expect((await runMain(far, environment)).status).toBe(1);
      expect(asked[0]).toContain('index.example.test');
      asked.length = 0;
      const near = ['--registry', registry.index, '--once', 'hello-buildsrs'];
      expect((await runMain(near, environment)).status).toBe(0);
      expect(asked).toEqual([]);
    } finally {
      await Promise.all([registry.close(), closed(proxy)]);
    }
  });

  test('without names are refused: a sparse index cannot be listed', async () => {
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
    try {
      const { status, stderr, stdout } = await sync(registry.index);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        `A sparse index cannot be read as a whole. Name the crates to synchronise, or give a clone of ${CRATES_IO.gitIndex} or a folder of index files with --registry.\n`,
      );
    } finally {
      await registry.close();
    }
  });
});

describe('a folder', () => {
  test('is read as a whole, and a second time nothing is written', async () => {
    for (let at = 0; at < 30; at += 1)
      await folder.write(`crate-${at}`, { version: '1.0.0' }, { version: '1.1.0' });
    expect((await sync(folder.directory)).summary).toMatchObject({ crates: 30, added: 60, unchanged: 0 });
    const before = await rowVersions(database.db);
    expect((await sync(folder.directory)).summary).toMatchObject({ crates: 0, added: 0 });
    expect(await rowVersions(database.db)).toEqual(before);
    expect(await getRegistry(database.db)).toEqual({
      index: CRATES_IO.sparseIndex,
      dl: 'https://static.example.com/crates',
      api: null,
    });
  });

  test('that changed has only its differences written', async () => {
    await folder.write('one', { version: '1.0.0' }, { version: '1.1.0', yanked: true });
    await folder.write('two', { version: '2.0.0' });
    await sync(folder.directory);
    const before = await rowVersions(database.db);
    await folder.write('one', { version: '1.0.0', yanked: true }, { version: '1.1.0' }, { version: '1.2.0' });
    const { summary } = await sync(folder.directory);
    expect(summary).toMatchObject({ crates: 2, added: 1, yanked: 1, unyanked: 1, unchanged: 1, refused: [] });
    expect(await versions('one')).toEqual(['1.2.0', '1.1.0', '1.0.0 yanked']);
    const after = new Set(await rowVersions(database.db));
    // The crate `one`, its two old versions and the cursor; `two` and the registry are as they were.
    expect(before.filter((row) => !after.has(row))).toHaveLength(4);
  });

  test('names another registry for cargo when told', async () => {
    await folder.write('one', { version: '1.0.0' });
    await sync(folder.directory, '--cargo-index', 'sparse+https://mirror.example.com/index/');
    expect((await getRegistry(database.db))?.index).toBe('sparse+https://mirror.example.com/index/');
  });

  test('also gives single crates, and knows the nearest of its names', async () => {
    await folder.write('some-tool', { version: '1.0.0' });
    await folder.write('other-tool', { version: '1.0.0' });
    expect((await sync(folder.directory, 'some-tool')).summary).toMatchObject({ crates: 1, added: 1 });
    const { status, stderr } = await sync(folder.directory, 'othr-tool');
    expect(status).toBe(1);
    expect(stderr).toContain('Did you mean other-tool');
  });
});

describe('what an index must not do', () => {
  test('change a checksum: it is refused and told every time, and the rest is written', async () => {
    await folder.write('one', { version: '1.0.0' }, { version: '1.1.0' });
    await sync(folder.directory);
    const was = await findVersion(database.db, parseCrateName('one'), parseVersion('1.0.0'));
    const other = 'cd'.repeat(32);
    await folder.write(
      'one',
      { version: '1.0.0', checksum: other, yanked: true },
      { version: '1.1.0' },
      { version: '1.2.0' },
    );
    for (const added of [1, 0]) {
      const { status, stderr, summary } = await sync(folder.directory);
      expect(status).toBe(1);
      expect(summary).toMatchObject({
        added,
        yanked: 0,
        refused: [{ crate: 'one', version: '1.0.0', was: was?.checksum, got: other }],
      });
      expect(stderr).toMatch(
        /^one 1\.0\.0 has another checksum in the index than before and was left as it is/,
      );
      expect(await findVersion(database.db, parseCrateName('one'), parseVersion('1.0.0'))).toEqual(was);
    }
    expect((await sync(folder.directory, 'one')).status).toBe(1);
    await folder.write('one', { version: '1.0.0' }, { version: '1.1.0' }, { version: '1.2.0' });
    expect(await sync(folder.directory)).toMatchObject({ status: 0, stderr: '' });
  });

  test('break a line: it is skipped with its reason, and the rest is written', async () => {
    await folder.write('good', { version: '1.0.0' });
    await folder.writeRaw(
      'bad',
      'not json\n{"name":"bad","vers":"1.0.0","deps":[],"cksum":"' +
        'ab'.repeat(32) +
        '","features":{"__proto__":["x"]}}\n',
    );
    const { status, summary } = await sync(folder.directory);
    expect(status).toBe(0);
    expect(summary).toMatchObject({
      added: 2,
      skippedLines: 1,
      skipped: [{ crate: 'bad', line: 1, reason: 'it is not JSON' }],
    });
    const row = await findVersion(database.db, parseCrateName('bad'), parseVersion('1.0.0'));
    expect(JSON.stringify(row?.features)).toBe('{"__proto__":["x"]}');
  });

  test.each([
    [
      'is away',
      undefined,
      'registry-unreachable',
      /^The registry 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Check the network/,
    ],
    [
      'answers with a web page',
      '<html>log in</html>',
      'not-an-index',
      /is not a crate index: its config\.json is not one/,
    ],
  ])('be no index: one that %s is a sentence and nothing is written', async (_, body, __, sentence) => {
    const server = createServer((_request, response) => {
      response.end(body);
    });
    const url = await listening(server);
    if (body === undefined) await closed(server);
    const before = await rowVersions(database.db);
    const { status, stdout, stderr } = await sync(`sparse+${url}/`, 'hello-buildsrs');
    if (body !== undefined) await closed(server);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(await rowVersions(database.db)).toEqual(before);
  });
});

describe('what is wanted', () => {
  const tasks = async (): Promise<string[]> => {
    const page = await listTasks(database.db, {}, { limit: 100 });
    return page.items
      .map(
        (task) => `${task.crate} ${task.version} ${task.kind} ${task.target} ${task.status} ${task.origin}`,
      )
      .toSorted();
  };

  test('none makes no tasks', async () => {
    await folder.write('one', { version: '1.0.0' });
    await sync(folder.directory);
    expect(await tasks()).toEqual([]);
  });

  test('newest asks for the facts of the newest stable version, once, also of crates that were read before', async () => {
    await folder.write('one', { version: '1.0.0' }, { version: '2.0.0' }, { version: '3.0.0-rc.1' });
    await folder.write('yanked', { version: '1.0.0' }, { version: '2.0.0', yanked: true });
    await folder.write('gone', { version: '1.0.0', yanked: true });
    await folder.write('early', { version: '0.1.0-alpha' });
    await sync(folder.directory);
    expect((await sync(folder.directory, '--wanted', 'newest')).summary).toMatchObject({
      added: 0,
      tasks: 2,
    });
    const expected = [
      'one 2.0.0 metadata generic pending policy',
      'yanked 1.0.0 metadata generic pending policy',
    ];
    expect(await tasks()).toEqual(expected);
    await folder.write('two', { version: '1.0.0' });
    expect((await sync(folder.directory, '--wanted', 'newest')).summary).toMatchObject({
      added: 1,
      tasks: 1,
    });
    expect(await tasks()).toEqual([...expected, 'two 1.0.0 metadata generic pending policy'].toSorted());
  });
});

test.skipIf(lacksGit)('a git index is read by differences (git is needed)', async () => {
  const git = async (...args: string[]): Promise<void> => {
    await run('git', [
      '-C',
      folder.directory,
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      '-c',
      'commit.gpgsign=false',
      ...args,
    ]);
  };
  for (let at = 0; at < 10; at += 1) await folder.write(`crate-${at}`, { version: '1.0.0' });
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'first');
  expect((await sync(folder.directory)).summary).toMatchObject({ crates: 10, added: 10 });
  await folder.write('crate-3', { version: '1.0.0', yanked: true }, { version: '1.0.1' });
  await git('commit', '--quiet', '-am', 'second');
  expect((await sync(folder.directory)).summary).toMatchObject({ crates: 1, added: 1, yanked: 1 });
  const before = await rowVersions(database.db);
  expect((await sync(folder.directory)).summary).toMatchObject({ crates: 0 });
  expect(await rowVersions(database.db)).toEqual(before);
});
