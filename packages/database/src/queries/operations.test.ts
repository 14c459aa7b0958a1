import { parseTarget, type ArtifactName } from '@buildsrs/common';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, digestOf, seedBuilder, seedVersion, TEST_TARGET } from '../testing/index.ts';
import {
  findBuilderByFingerprint,
  isTargetOffered,
  listBuilders,
  setBuilderDisconnected,
  setBuilderEnabled,
  touchBuilder,
} from './builders.ts';
import { completeBuild } from './builds/complete-build.ts';
import { findObjects, forgetObject, listObjects, setObjectVerified, takeOrphans } from './objects.ts';
import { getRegistry, getSyncCursor, setRegistry, setSyncCursor } from './registry.ts';
import { enableTarget, listEnabledTargets, listTargets } from './targets.ts';
import { claimTask } from './tasks/claim-task.ts';
import { listTasks, listTasksOfVersion, queueStats } from './tasks/find-tasks.ts';
import { requestTask } from './tasks/request-task.ts';

it('knows a builder by its key, and whether it is there', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const id = await seedBuilder(db, 'one');
  expect(await seedBuilder(db, 'one')).toBe(id);
  const [row] = await listBuilders(db);
  expect(row).toMatchObject({
    id,
    name: 'one',
    connected: true,
    building: 0,
    slots: 4,
    kinds: ['metadata', 'binary'],
  });
  expect(await findBuilderByFingerprint(db, row?.fingerprint as never)).toMatchObject({ id });
  expect(await isTargetOffered(db, TEST_TARGET, 'binary')).toBe(true);
  expect(await isTargetOffered(db, parseTarget('aarch64-apple-darwin'), 'binary')).toBe(false);
  expect(await isTargetOffered(db, TEST_TARGET, 'coverage')).toBe(false);

  await sql`update builders set last_seen_at = now() - interval '91 s'`.execute(db);
  expect(await listBuilders(db)).toMatchObject([{ connected: false }]);
  await touchBuilder(db, id);
  expect(await listBuilders(db)).toMatchObject([{ connected: true }]);
  await setBuilderDisconnected(db, id);
  expect(await isTargetOffered(db, TEST_TARGET, 'binary')).toBe(false);
  await touchBuilder(db, id);
  expect(await setBuilderEnabled(db, id, false)).toBe(true);
  expect(await isTargetOffered(db, TEST_TARGET, 'binary')).toBe(false);
});

it('lists targets with their builders, and those that are built unasked', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await seedBuilder(db, 'one');
  await enableTarget(db, parseTarget('aarch64-unknown-linux-gnu'));
  expect(await listEnabledTargets(db)).toEqual(['aarch64-unknown-linux-gnu']);
  expect(await listTargets(db)).toEqual([
    { name: 'aarch64-unknown-linux-gnu', enabled: true, builders: 0, built: 0 },
    { name: TEST_TARGET, enabled: false, builders: 1, built: 0 },
  ]);
  await enableTarget(db, parseTarget('aarch64-unknown-linux-gnu'), false);
  expect(await listEnabledTargets(db)).toEqual([]);
});

it('keeps one registry, and a cursor a source', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  expect(await getRegistry(db)).toBeUndefined();
  await setRegistry(db, { index: 'sparse+http://one/', dl: 'http://one/dl' });
  await setRegistry(db, { index: 'sparse+http://two/', dl: 'http://two/dl', api: 'http://two' });
  expect(await getRegistry(db)).toEqual({
    index: 'sparse+http://two/',
    dl: 'http://two/dl',
    api: 'http://two',
  });
  expect(await getSyncCursor(db, 'http://two/')).toBeUndefined();
  await setSyncCursor(db, 'http://two/', 'etag-1');
  await setSyncCursor(db, 'http://two/', 'etag-2');
  expect(await getSyncCursor(db, 'http://two/')).toBe('etag-2');
});

it('lists tasks by filter and page, and counts them by status', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  for (const name of ['one', 'two', 'three']) {
    const versionId = await seedVersion(db, name);
    await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
    expect(await listTasksOfVersion(db, versionId)).toHaveLength(1);
  }
  await db
    .updateTable('tasks')
    .set({ priority: 5 })
    .where('id', '=', 2 as never)
    .execute();
  const pending = { status: 'pending', kind: 'binary', target: TEST_TARGET } as const;
  const urgent = await listTasks(db, pending, { limit: 2 });
  expect(urgent.items.map((task) => task.crate)).toEqual(['two', 'one']);
  const less = await listTasks(db, pending, { limit: 2, cursor: urgent.next ?? '' });
  expect(less).toMatchObject({ items: [{ crate: 'three' }], next: null });
  const page = await listTasks(db, {}, { limit: 2 });
  expect(page.items.map((task) => task.crate)).toEqual(['three', 'two']);
  const rest = await listTasks(db, {}, { limit: 2, cursor: page.next ?? '' });
  expect(rest).toMatchObject({ items: [{ crate: 'one' }], next: null });
  await expect(listTasks(db, pending, { limit: 2, cursor: page.next ?? '' })).rejects.toThrow('cursor');
  expect(
    (await listTasks(db, { crate: 'TWO' as never, version: '1.0.0' as never }, { limit: 9 })).items,
  ).toHaveLength(1);
  expect((await listTasks(db, { status: 'built' }, { limit: 9 })).items).toEqual([]);
  expect(await queueStats(db)).toMatchObject({ pending: 3, built: 0, oldestPendingAt: expect.any(Date) });
});

it('gives up objects that nothing refers to, and no others', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const builderId = await seedBuilder(db, 'one');
  const versionId = await seedVersion(db, 'wanted');
  await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  const claimed = await claimTask(db, {
    builderId,
    targets: [TEST_TARGET],
    kinds: ['binary'],
    isolationLevel: 0,
    leaseMs: 60_000,
  });
  const artifact = {
    name: 'used.tar.gz' as ArtifactName,
    sha256: digestOf('used'),
    size: 4,
    mediaType: 'application/gzip',
  };
  await completeBuild(db, {
    build: claimed?.buildId as never,
    token: claimed?.token as string,
    artifacts: [artifact],
  });
  await db
    .insertInto('objects')
    .values([
      { sha256: digestOf('orphan'), size: 6 },
      { sha256: digestOf('other'), size: 5 },
    ])
    .execute();
  expect(await takeOrphans(db, { olderThanMs: 3_600_000, limit: 10 })).toEqual([]);
  expect((await takeOrphans(db, { olderThanMs: 0, limit: 10 })).toSorted()).toEqual(
    [digestOf('orphan'), digestOf('other')].toSorted(),
  );
  const all = [digestOf('used'), digestOf('orphan'), digestOf('missing')];
  expect([...(await findObjects(db, all))]).toEqual([digestOf('used')]);
  expect(await forgetObject(db, digestOf('orphan'))).toBe(true);
  expect(await forgetObject(db, digestOf('used'))).toBe(false);
  await setObjectVerified(db, digestOf('used'));
  expect(
    (await listObjects(db, { limit: 10 })).items.find((row) => row.sha256 === digestOf('used')),
  ).toMatchObject({ state: 'present', verifiedAt: expect.any(Date) });
});
