import { failure, type BuildId } from '@buildsrs/common';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, seedBuilder, seedVersion, TEST_TARGET } from '../../testing/index.ts';
import { setBuilderDisconnected } from '../builders.ts';
import { completeBuild } from '../builds/complete-build.ts';
import { failBuild } from '../builds/fail-build.ts';
import { findBuild, findBuildByToken } from '../builds/find-builds.ts';
import { claimTask } from './claim-task.ts';
import { findTask } from './find-tasks.ts';
import { beginBuild, declineBuild, expireLeases, renewLeases, setStage } from './lease.ts';
import { reapExpired } from './reap-expired.ts';
import { requestTask } from './request-task.ts';

async function scene(db: Awaited<ReturnType<typeof createTestDatabase>>['db']) {
  const builderId = await seedBuilder(db, 'builder');
  const versionId = await seedVersion(db, 'wanted');
  const task = await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  const claim = async () => {
    const claimed = await claimTask(db, {
      builderId,
      targets: [TEST_TARGET],
      kinds: ['binary'],
      isolationLevel: 0,
      leaseMs: 60_000,
    });
    if (claimed === undefined) throw new Error('There was nothing to claim.');
    return claimed;
  };
  const expire = async (build: BuildId) =>
    await sql`update builds set lease_expires_at = now() - interval '1 ms' where id = ${build}`.execute(db);
  const dueNow = async () => await sql`update tasks set not_before = now()`.execute(db);
  return { builderId, task: task.id, claim, expire, dueNow };
}

it('goes from scheduled to building, notes each stage once, and keeps its lease while it is renewed', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { builderId, task, claim, expire } = await scene(db);
  const { buildId: build } = await claim();
  expect(await beginBuild(db, { build, builderId })).toBe(true);
  expect(await findTask(db, task)).toMatchObject({ status: 'building' });
  for (const stage of ['fetch', 'resolve', 'resolve', 'build'] as const) {
    expect(await setStage(db, { build, builderId, stage })).toBe(true);
  }
  const row = await findBuild(db, build);
  expect(row?.stages.map((entry) => entry.stage)).toEqual(['fetch', 'resolve', 'build']);
  expect(row?.stages[0]?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  await expire(build);
  expect(await renewLeases(db, { builderId, builds: [build], leaseMs: 60_000 })).toEqual([
    { build, expiresInMs: 60_000 },
  ]);
  expect(await reapExpired(db)).toEqual([]);
});

it('gives a declined task back without counting the attempt', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { builderId, task, claim } = await scene(db);
  const { buildId: build } = await claim();
  expect(await declineBuild(db, { build, builderId, delayMs: 0 })).toBe(true);
  expect(await findTask(db, task)).toMatchObject({ status: 'pending', attempts: 0 });
  expect(await declineBuild(db, { build, builderId })).toBe(false);
  expect(await beginBuild(db, { build, builderId })).toBe(false);
  expect((await claim()).attempts).toBe(1);
});

it('gives up a build whose lease ended: lost, tried again later, and deaf to its old builder', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { builderId, task, claim, expire, dueNow } = await scene(db);
  const { buildId: build, token } = await claim();
  await expire(build);
  const reaped = (await Promise.all([reapExpired(db), reapExpired(db), reapExpired(db)])).flat();
  expect(reaped).toEqual([{ build, task, builderId, status: 'pending' }]);
  expect(await findBuild(db, build)).toMatchObject({ outcome: 'lost', failure: { kind: 'builder-lost' } });
  const waiting = await findTask(db, task);
  expect(waiting).toMatchObject({ status: 'pending', attempts: 1, failure: { kind: 'builder-lost' } });
  const { rows } = await sql<{ later: boolean }>`select not_before > now() as later from tasks`.execute(db);
  expect(rows).toEqual([{ later: true }]);

  await dueNow();
  const second = await claim();
  expect(await completeBuild(db, { build, token })).toBe('lease-lost');
  expect(await failBuild(db, { build, token, failure: failure('timeout', 'Late.') })).toBe('lease-lost');
  expect(await renewLeases(db, { builderId, builds: [build], leaseMs: 60_000 })).toEqual([]);
  expect(await setStage(db, { build, builderId, stage: 'upload' })).toBe(false);
  expect(await findBuildByToken(db, build, token)).toBeUndefined();
  expect(await completeBuild(db, { build: second.buildId, token: second.token })).toBe('recorded');
  expect(await findTask(db, task)).toMatchObject({ status: 'built', publishedBuildId: second.buildId });
});

it('fails a task for good after its last attempt', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { task, claim, expire, dueNow } = await scene(db);
  for (const status of ['pending', 'pending', 'failed']) {
    const { buildId } = await claim();
    await expire(buildId);
    expect((await reapExpired(db)).map((build) => build.status)).toEqual([status]);
    await dueNow();
  }
  expect(await findTask(db, task)).toMatchObject({
    status: 'failed',
    attempts: 3,
    failure: { kind: 'builder-lost' },
  });
});

it('tries again only what may go better, and records a report once', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { task, claim, dueNow } = await scene(db);
  const first = await claim();
  const network = {
    build: first.buildId,
    token: first.token,
    failure: failure('fetch-error', 'No network.'),
  };
  expect(await failBuild(db, network)).toBe('recorded');
  expect(await failBuild(db, network)).toBe('already-recorded');
  expect(await findBuild(db, first.buildId)).toMatchObject({ outcome: 'error' });
  expect(await findTask(db, task)).toMatchObject({ status: 'pending', attempts: 1 });
  await dueNow();
  const second = await claim();
  const broken = { build: second.buildId, token: second.token, failure: failure('compiler-error', 'E0432') };
  expect(await failBuild(db, broken)).toBe('recorded');
  expect(await findBuild(db, second.buildId)).toMatchObject({ outcome: 'failed' });
  expect(await findTask(db, task)).toMatchObject({ status: 'failed', failure: { kind: 'compiler-error' } });
});

it('lets nobody but the builder that holds it touch a build', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { claim } = await scene(db);
  const other = await seedBuilder(db, 'other');
  const { buildId: build, token } = await claim();
  expect(await beginBuild(db, { build, builderId: other })).toBe(false);
  expect(await setStage(db, { build, builderId: other, stage: 'fetch' })).toBe(false);
  expect(await renewLeases(db, { builderId: other, builds: [build], leaseMs: 1 })).toEqual([]);
  expect(await declineBuild(db, { build, builderId: other })).toBe(false);
  expect(await completeBuild(db, { build, token: `${token}x` })).toBe('lease-lost');
});

it('gives up the builds of a builder that is known to have died, and of no other', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { builderId, task, claim } = await scene(db);
  const other = await seedBuilder(db, 'other');
  const { buildId: build } = await claim();
  expect(await expireLeases(db, other)).toBe(0);
  expect(await expireLeases(db, builderId)).toBe(1);
  const reaped = await reapExpired(db, { maxAttempts: 3, firstDelayMs: 0, maxDelayMs: 0 });
  expect(reaped).toEqual([{ build, task, builderId, status: 'pending' }]);
  expect(await expireLeases(db, builderId)).toBe(0);
  await setBuilderDisconnected(db, other);
  expect((await claim()).attempts).toBe(2);
});
