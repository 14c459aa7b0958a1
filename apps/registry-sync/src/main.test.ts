import { parseCrateName } from '@buildsrs/common';
import { findCrate, getSyncCursor, listVersions } from '@buildsrs/database';
import { createTestDatabase } from '@buildsrs/database/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeIndexFolder } from './testing/index-folder.ts';
import { rowVersions } from './testing/row-versions.ts';
import { runMain, startMain } from './testing/run-main.ts';

test('--help names every option with its variable', async () => {
  const { status, stdout } = await runMain(['--help']);
  expect(status).toBe(0);
  for (const option of [
    '--database',
    '--registry',
    '--cargo-index',
    '--once',
    '--interval',
    '--wanted',
    '--contact',
  ]) {
    expect(stdout).toContain(option);
  }
  expect(stdout).toContain('BUILDSRS_INTERVAL');
});

test.each([
  [['--nonsense'], 2, '--help'],
  [[], 2, '--database: is needed'],
  [['--database', 'postgres://x', '--interval', 'soon'], 2, '--interval: is a duration'],
  [['--database', 'postgres://x', '--wanted', 'all'], 2, '--wanted: is newest or none'],
  [['--database', 'postgres://x', '--registry', '/nowhere', '--once'], 2, 'The registry /nowhere is neither'],
  [
    ['--database', 'postgres://127.0.0.1:1/x', '--once', 'ripgrep'],
    1,
    'The database cannot be used: nothing listens there',
  ],
])('%j ends with %i and a sentence', async (args, code, sentence) => {
  const { status, stdout, stderr } = await runMain(args);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect(stdout).toBe('');
  expect(status).toBe(code);
});

test('a database that was not set up is a sentence', async () => {
  await using database = await createTestDatabase({ empty: true });
  const { status, stderr } = await runMain(['--once', 'ripgrep'], { BUILDSRS_DATABASE: database.url });
  expect(status).toBe(3);
  expect(stderr).toContain('The database has not been brought up to this release');
});

describe('the continuous program', () => {
  test('follows the index until it is told to stop', async () => {
    await using database = await createTestDatabase();
    await using folder = await makeIndexFolder();
    await folder.write('one', { version: '1.0.0' });
    const child = startMain(['--registry', folder.directory, '--interval', '1s'], {
      BUILDSRS_DATABASE: database.url,
    });
    const exit = new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
    });
    try {
      const line = new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
        child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      });
      expect(JSON.parse(await line)).toEqual({ ready: true, registry: folder.directory });
      await folder.write('two', { version: '1.0.0' });
      await expect
        .poll(async () => await findCrate(database.db, parseCrateName('two')), { timeout: 60_000 })
        .toBeDefined();
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exit).toBe(0);
  }, 120_000);
});

test('killed at any moment, the cursor is never ahead of the data, and the next run writes what is missing', async () => {
  await using database = await createTestDatabase();
  await using folder = await makeIndexFolder();
  const crates = 700;
  for (let at = 0; at < crates; at += 1)
    await folder.write(`crate-${at}`, { version: '1.0.0' }, { version: '1.1.0' });
  const args = ['--registry', folder.directory, '--once', '--wanted', 'newest'];
  const environment = { BUILDSRS_DATABASE: database.url };
  const count = async (): Promise<number> => {
    const { count: found } = await database.db
      .selectFrom('versions')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return found;
  };
  for (const untilVersions of [1, 300, 700, 1_100]) {
    const child = startMain(args, environment);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    // Kills it in the batch after so many versions are there.
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    while (runs() && (await count()) < untilVersions) await sleep(2);
    child.kill('SIGKILL');
    await exited;
    const cursor = await getSyncCursor(database.db, `${folder.directory} newest`);
    if (cursor !== undefined) expect(await count()).toBe(2 * crates);
  }
  expect((await runMain(args, environment)).status).toBe(0);
  expect(await count()).toBe(2 * crates);
  expect((await listVersions(database.db, parseCrateName('crate-699'))).map((row) => row.version)).toEqual([
    '1.1.0',
    '1.0.0',
  ]);
  const { tasks } = await database.db
    .selectFrom('tasks')
    .select((eb) => eb.fn.countAll<number>().as('tasks'))
    .executeTakeFirstOrThrow();
  expect(tasks).toBe(crates);
  const before = await rowVersions(database.db);
  const again = await runMain(args, environment);
  expect(JSON.parse(again.stdout)).toMatchObject({ added: 0, tasks: 0 });
  expect(await rowVersions(database.db)).toEqual(before);
}, 300_000);
