import { failure, parseTarget } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { createTestDatabase, seedBuilder, seedVersion, TEST_TARGET } from '../../testing/index.ts';
import { completeBuild, NO_BINARIES } from '../builds/complete-build.ts';
import { failBuild } from '../builds/fail-build.ts';
import { claimTask } from './claim-task.ts';
import { findTask, queuePosition } from './find-tasks.ts';
import { metadataRequest, requestTask, type TaskRequest } from './request-task.ts';

async function scene(db: Awaited<ReturnType<typeof createTestDatabase>>['db']) {
  const builderId = await seedBuilder(db, 'builder');
  const versionId = await seedVersion(db, 'wanted');
  const claim = async () =>
    await claimTask(db, {
      builderId,
      targets: [TEST_TARGET, parseTarget('generic')],
      kinds: ['metadata', 'binary'],
      isolationLevel: 0,
      leaseMs: 60_000,
    });
  const binary = (over: Partial<TaskRequest> = {}): TaskRequest => ({
    versionId,
    kind: 'binary',
    target: TEST_TARGET,
    origin: 'request',
    ...over,
  });
  return { versionId, claim, binary };
}

const BROKEN = failure('compiler-error', 'It does not compile.');

it('makes a task once, however often and by however many it is asked for', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { binary } = await scene(db);
  const tasks = await Promise.all(Array.from({ length: 20 }, async () => await requestTask(db, binary())));
  expect(new Set(tasks.map((task) => task.id)).size).toBe(1);
  expect(tasks[0]).toMatchObject({
    crate: 'wanted',
    version: '1.0.0',
    yanked: false,
    status: 'pending',
    variant: 'default',
  });
});

it('raises the priority only, and makes a policy task a requested one', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { binary } = await scene(db);
  const first = await requestTask(db, binary({ origin: 'policy', priority: 3 }));
  expect(await requestTask(db, binary({ priority: 10 }))).toMatchObject({
    id: first.id,
    priority: 10,
    origin: 'request',
  });
  expect(await requestTask(db, binary({ origin: 'policy', priority: 0 }))).toMatchObject({
    priority: 10,
    origin: 'request',
  });
});

it('lets a task that waits for a retry begin at once when somebody asks for it', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { claim, binary } = await scene(db);
  await requestTask(db, binary());
  const claimed = await claim();
  const away = failure('fetch-error', 'The registry does not answer.');
  await failBuild(db, { build: claimed?.buildId as never, token: claimed?.token as string, failure: away });
  await requestTask(db, binary({ origin: 'policy' }));
  expect(await claim()).toBeUndefined();
  await requestTask(db, binary());
  expect(await claim()).toMatchObject({ attempts: 2 });
});

it('begins a failed task anew when somebody asks for it, not when the policy does', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { claim, binary } = await scene(db);
  await requestTask(db, binary());
  const claimed = await claim();
  await failBuild(db, { build: claimed?.buildId as never, token: claimed?.token as string, failure: BROKEN });
  expect(await requestTask(db, binary({ origin: 'policy' }))).toMatchObject({
    status: 'failed',
    failure: BROKEN,
  });
  expect(await requestTask(db, binary())).toMatchObject({ status: 'pending', attempts: 0, failure: null });
});

it('builds again what is built only when told to, and keeps what is published until then', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { claim, binary } = await scene(db);
  const task = await requestTask(db, binary());
  const first = await claim();
  await completeBuild(db, { build: first?.buildId as never, token: first?.token as string });
  expect(await requestTask(db, binary())).toMatchObject({ status: 'built' });
  expect(await requestTask(db, binary({ rebuild: true }))).toMatchObject({
    status: 'pending',
    publishedBuildId: first?.buildId,
  });
  const second = await claim();
  await failBuild(db, { build: second?.buildId as never, token: second?.token as string, failure: BROKEN });
  expect(await findTask(db, task.id)).toMatchObject({ status: 'failed', publishedBuildId: first?.buildId });
});

it('waits for the task it is blocked on, and begins when that is built', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { versionId, claim, binary } = await scene(db);
  const facts = await requestTask(db, metadataRequest({ versionId, origin: 'request' }));
  const task = await requestTask(db, binary({ blockedOn: facts.id }));
  expect(task.status).toBe('blocked');
  expect(await queuePosition(db, task.id)).toBeNull();
  const claimed = await claim();
  expect(claimed?.taskId).toBe(facts.id);
  expect(await claim()).toBeUndefined();
  await completeBuild(db, { build: claimed?.buildId as never, token: claimed?.token as string });
  expect(await findTask(db, task.id)).toMatchObject({ status: 'pending' });
  expect(await queuePosition(db, task.id)).toBe(1);
  expect(await requestTask(db, binary({ blockedOn: facts.id }))).toMatchObject({ status: 'pending' });
});

it('fails with the task it is blocked on, and with what that found', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { versionId, claim, binary } = await scene(db);
  const facts = await requestTask(db, metadataRequest({ versionId, origin: 'request' }));
  const task = await requestTask(db, binary({ blockedOn: facts.id }));
  const first = await claim();
  await failBuild(db, { build: first?.buildId as never, token: first?.token as string, failure: BROKEN });
  expect(await findTask(db, task.id)).toMatchObject({ status: 'failed', failure: BROKEN });

  await requestTask(db, metadataRequest({ versionId, origin: 'request' }));
  expect(await requestTask(db, binary({ blockedOn: facts.id }))).toMatchObject({
    status: 'blocked',
    failure: null,
  });
  const second = await claim();
  await completeBuild(db, {
    build: second?.buildId as never,
    token: second?.token as string,
    failDependents: NO_BINARIES,
  });
  expect(await findTask(db, task.id)).toMatchObject({ status: 'failed', failure: NO_BINARIES });
});

it('is never left blocked when what it waits for is built at the same moment', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  for (let round = 0; round < 20; round += 1) {
    const versionId = await seedVersion(db, `race-${round}`);
    const builderId = await seedBuilder(db, 'racer');
    const facts = await requestTask(db, metadataRequest({ versionId, origin: 'request' }));
    const claimed = await claimTask(db, {
      builderId,
      targets: [parseTarget('generic')],
      kinds: ['metadata'],
      isolationLevel: 0,
      leaseMs: 60_000,
    });
    const [task] = await Promise.all([
      requestTask(db, {
        versionId,
        kind: 'binary',
        target: TEST_TARGET,
        origin: 'request',
        blockedOn: facts.id,
      }),
      completeBuild(db, { build: claimed?.buildId as never, token: claimed?.token as string }),
    ]);
    expect(await findTask(db, task.id)).toMatchObject({ status: 'pending' });
  }
});
