import { failure, parseTarget, type BuilderId, type TaskId } from '@buildsrs/common';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, seedBuilder, seedVersion, TEST_TARGET } from '../testing/index.ts';
import { resumeBuilder, setBuilderPaused } from './builder-trust.ts';
import { listBuilders, setBuilderConnected } from './builders.ts';
import { completeBuild } from './builds/complete-build.ts';
import { failBuild } from './builds/fail-build.ts';
import { claimTask } from './tasks/claim-task.ts';
import { findTask } from './tasks/find-tasks.ts';
import { expireLeases } from './tasks/lease.ts';
import { reapExpired } from './tasks/reap-expired.ts';
import { requestTask } from './tasks/request-task.ts';

const AT_ONCE = { maxAttempts: 3, firstDelayMs: 0, maxDelayMs: 0 };
const BROKEN = failure('executor-error', 'The disk is gone.');

type Db = Awaited<ReturnType<typeof createTestDatabase>>['db'];

function sceneOf(db: Db) {
  let crates = 0;
  const want = async (priority = 0): Promise<TaskId> => {
    crates += 1;
    const versionId = await seedVersion(db, `wanted-${crates}`);
    const wanted = { versionId, kind: 'binary', target: TEST_TARGET, origin: 'policy', priority } as const;
    return (await requestTask(db, wanted)).id;
  };
  const claim = async (builderId: BuilderId) =>
    await claimTask(db, {
      builderId,
      targets: [TEST_TARGET],
      kinds: ['binary'],
      isolationLevel: 0,
      leaseMs: 60_000,
    });
  const fail = async (builderId: BuilderId, reason = BROKEN) => {
    const claimed = await claim(builderId);
    if (claimed === undefined) return undefined;
    await failBuild(db, { build: claimed.buildId, token: claimed.token, failure: reason }, AT_ONCE);
    return claimed.taskId;
  };
  const statusOf = async (id: BuilderId) => (await listBuilders(db)).find((row) => row.id === id);
  return { want, claim, fail, statusOf };
}

it('fails a task that kills its builders for good after three, on different ones, and goes on with the rest', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { want, claim } = sceneOf(db);
  const builders = [];
  for (const name of ['one', 'two', 'three']) builders.push(await seedBuilder(db, name));
  const poison = await want(9);
  const others = [await want(), await want(), await want()];

  const killed: BuilderId[] = [];
  const done: TaskId[] = [];
  // Every builder asks in turn, the one that died last first, as it has nothing else to do.
  for (let round = 0; round < 20; round += 1) {
    const order = builders.toSorted((left, right) => killed.lastIndexOf(right) - killed.lastIndexOf(left));
    for (const builder of order) {
      const claimed = await claim(builder);
      if (claimed?.taskId === poison) {
        killed.push(builder);
        await expireLeases(db, builder);
        await reapExpired(db, AT_ONCE);
      } else if (claimed !== undefined) {
        expect(await completeBuild(db, { build: claimed.buildId, token: claimed.token })).toBe('recorded');
        done.push(claimed.taskId);
      }
    }
  }
  expect(killed).toHaveLength(3);
  expect(new Set(killed).size).toBeGreaterThanOrEqual(2);
  expect(await findTask(db, poison)).toMatchObject({
    status: 'failed',
    attempts: 3,
    failure: { kind: 'builder-lost' },
  });
  expect(new Set(done)).toEqual(new Set(others));
  expect(done).toHaveLength(others.length);
});

it('leaves another attempt to other builders only while there are such, and not for ever', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { want, fail, claim } = sceneOf(db);
  const first = await seedBuilder(db, 'first');
  const second = await seedBuilder(db, 'second');
  const capable = {
    targets: [TEST_TARGET],
    kinds: ['binary'],
    executor: 'process',
    isolation: 'none',
    slots: 1,
  } as const;
  const task = await want();
  expect(await fail(first)).toBe(task);
  expect(await claim(first)).toBeUndefined();

  const isGivenToFirst = async () => {
    const claimed = await claim(first);
    if (claimed === undefined) return false;
    // As if it had not been: the same question can be asked again.
    await sql`update tasks set status = 'pending', attempts = 1, build_id = null where id = ${task}`.execute(
      db,
    );
    await sql`delete from builds where id = ${claimed.buildId}`.execute(db);
    return true;
  };
  await setBuilderPaused(db, second, 'its disk is full');
  expect(await isGivenToFirst()).toBe(true);
  await setBuilderPaused(db, second, undefined);
  expect(await isGivenToFirst()).toBe(false);
  await setBuilderConnected(db, second, { ...capable, targets: [parseTarget('aarch64-apple-darwin')] });
  expect(await isGivenToFirst()).toBe(true);
  await setBuilderConnected(db, second, { ...capable, kinds: ['metadata'] });
  expect(await isGivenToFirst()).toBe(true);
  await setBuilderConnected(db, second, capable);
  expect(await isGivenToFirst()).toBe(false);
  await sql`update tasks set not_before = now() - interval '10 minutes'`.execute(db);
  expect(await isGivenToFirst()).toBe(true);
});

it('suspends a builder after five errors in a row; no more than five tasks are charged', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { want, fail, claim, statusOf } = sceneOf(db);
  const bad = await seedBuilder(db, 'bad');
  const good = await seedBuilder(db, 'good');
  const tasks = [];
  for (let count = 0; count < 12; count += 1) tasks.push(await want());
  // Two it has in hand besides, which it will fail when it is suspended already.
  const inHand = [await claim(bad), await claim(bad)];
  for (let count = 0; count < 4; count += 1) await fail(bad);
  expect(await statusOf(bad)).toMatchObject({ suspended: false });
  await fail(bad);
  expect(await statusOf(bad)).toMatchObject({
    suspended: true,
    connected: true,
    suspendedReason: expect.stringContaining('The disk is gone.'),
  });
  expect(await claim(bad)).toBeUndefined();
  for (const claimed of inHand) {
    const { buildId: build, token } = claimed as NonNullable<typeof claimed>;
    expect(await failBuild(db, { build, token, failure: BROKEN }, AT_ONCE)).toBe('recorded');
  }
  const attempts = await Promise.all(tasks.map(async (task) => (await findTask(db, task))?.attempts));
  expect(attempts.filter((count) => count === 1)).toHaveLength(5);
  expect(attempts.filter((count) => count === 0)).toHaveLength(7);

  for (let count = 0; count < 12; count += 1) {
    const claimed = await claim(good);
    if (claimed === undefined) throw new Error('the good builder had nothing to do');
    await completeBuild(db, { build: claimed.buildId, token: claimed.token });
  }
  const statuses = await Promise.all(tasks.map(async (task) => (await findTask(db, task))?.status));
  expect(new Set(statuses)).toEqual(new Set(['built']));
});

it('a suspension ends by time, when one more error is enough, or by an operator', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { want, fail, claim, statusOf } = sceneOf(db);
  const bad = await seedBuilder(db, 'bad');
  await seedBuilder(db, 'good');
  for (let count = 0; count < 20; count += 1) await want();
  for (let count = 0; count < 5; count += 1) await fail(bad);
  expect(await statusOf(bad)).toMatchObject({ suspended: true });
  await sql`update builders set suspended_until = now() - interval '1 ms' where id = ${bad}`.execute(db);
  expect(await statusOf(bad)).toMatchObject({ suspended: false });
  expect(await fail(bad)).toBeDefined();
  expect(await statusOf(bad)).toMatchObject({ suspended: true });

  await resumeBuilder(db, bad);
  expect(await statusOf(bad)).toMatchObject({ suspended: false, suspendedReason: null, errorsInRow: 0 });
  // Whatever the builder did right makes it a good one again.
  for (let count = 0; count < 4; count += 1) await fail(bad);
  const claimed = await claim(bad);
  await completeBuild(db, { build: claimed?.buildId as never, token: claimed?.token as string });
  for (let count = 0; count < 4; count += 1) await fail(bad);
  await fail(bad, failure('compiler-error', 'E0432'));
  await fail(bad);
  expect(await statusOf(bad)).toMatchObject({ suspended: false, errorsInRow: 1 });
});

it('the only builder that could go on is never suspended', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { want, fail, statusOf } = sceneOf(db);
  const only = await seedBuilder(db, 'only');
  for (let count = 0; count < 8; count += 1) await want();
  for (let count = 0; count < 8; count += 1) expect(await fail(only)).toBeDefined();
  expect(await statusOf(only)).toMatchObject({ suspended: false });
});
