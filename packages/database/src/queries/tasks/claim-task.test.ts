import { sql } from 'kysely';
import { parseTarget, type BuilderId } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { createTestDatabase, digestOf, seedBuilder, seedVersion, TEST_TARGET } from '../../testing/index.ts';
import { setBuilderEnabled } from '../builders.ts';
import { findBuildByToken } from '../builds/find-builds.ts';
import { claimStatement, claimTask, type Claim } from './claim-task.ts';
import { findTask } from './find-tasks.ts';
import { requestTask } from './request-task.ts';

function claimOf(builderId: BuilderId, over: Partial<Claim> = {}): Claim {
  return {
    builderId,
    targets: [TEST_TARGET],
    kinds: ['binary'],
    isolationLevel: 0,
    leaseMs: 60_000,
    ...over,
  };
}

it('gives the most urgent task first, then the oldest, then nothing', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const builderId = await seedBuilder(db, 'one');
  const ids = [];
  for (const priority of [0, 5, 5]) {
    const versionId = await seedVersion(db, `crate-${ids.length}`);
    const task = await requestTask(db, {
      versionId,
      kind: 'binary',
      target: TEST_TARGET,
      origin: 'policy',
      priority,
    });
    ids.push(task.id);
  }
  const claims = [];
  for (let count = 0; count < 4; count += 1) claims.push(await claimTask(db, claimOf(builderId)));
  expect(claims.map((claim) => claim?.taskId)).toEqual([ids[1], ids[2], ids[0], undefined]);
  const first = claims[0];
  expect(first).toMatchObject({
    crate: 'crate-1',
    version: '1.0.0',
    checksum: digestOf('crate-1@1.0.0'),
    attempts: 1,
  });
  expect(await findTask(db, first?.taskId as never)).toMatchObject({
    status: 'scheduled',
    buildId: first?.buildId,
  });
  expect(await findBuildByToken(db, first?.buildId as never, first?.token as string)).toMatchObject({
    outcome: null,
  });
  expect(await findBuildByToken(db, first?.buildId as never, 'another')).toBeUndefined();
});

it('gives a builder only what it can and may do', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const builderId = await seedBuilder(db, 'one');
  const versionId = await seedVersion(db, 'wanted');
  await requestTask(db, {
    versionId,
    kind: 'binary',
    target: TEST_TARGET,
    origin: 'request',
    isolationLevel: 1,
  });
  const able = claimOf(builderId, { isolationLevel: 1 });
  expect(await claimTask(db, { ...able, targets: [parseTarget('aarch64-apple-darwin')] })).toBeUndefined();
  expect(await claimTask(db, { ...able, targets: [] })).toBeUndefined();
  expect(await claimTask(db, { ...able, kinds: ['metadata'] })).toBeUndefined();
  expect(await claimTask(db, { ...able, isolationLevel: 0 })).toBeUndefined();
  await setBuilderEnabled(db, builderId, false);
  expect(await claimTask(db, able)).toBeUndefined();
  await setBuilderEnabled(db, builderId, true);
  expect(await claimTask(db, able)).toMatchObject({ crate: 'wanted' });
});

it('gives each of 1,000 tasks to exactly one of 100 claimers at once', async () => {
  await using database = await createTestDatabase({ maxConnections: 50 });
  const { db } = database;
  const builderId = await seedBuilder(db, 'many');
  const versionId = await seedVersion(db, 'many');
  await sql`
    insert into tasks (version_id, kind, target, variant, status, origin)
    select ${versionId}, 'binary', ${TEST_TARGET}, 'variant-' || number, 'pending', 'policy'
    from generate_series(1, 1000) as number
  `.execute(db);
  const claimed: number[] = [];
  const isLeft = async () =>
    (
      await sql<{
        left: boolean;
      }>`select exists (select from tasks where status = 'pending') as left`.execute(db)
    ).rows[0]?.left === true;
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      for (;;) {
        const claim = await claimTask(db, claimOf(builderId));
        if (claim !== undefined) claimed.push(claim.taskId);
        else if (!(await isLeft())) return;
      }
    }),
  );
  expect(claimed).toHaveLength(1_000);
  expect(new Set(claimed).size).toBe(1_000);
});

it('finds its candidates by the partial index, past a backlog nobody can build', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const builderId = await seedBuilder(db, 'one');
  const versionId = await seedVersion(db, 'backlog');
  await sql`insert into targets (name) values ('s390x-unknown-linux-gnu')`.execute(db);
  await sql`
    insert into tasks (version_id, kind, target, variant, status, origin, priority)
    select ${versionId}, 'binary', 's390x-unknown-linux-gnu', 'v' || number, 'pending', 'policy', 100
    from generate_series(1, 20000) as number
  `.execute(db);
  await sql`
    insert into tasks (version_id, kind, target, variant, status, origin)
    select ${versionId}, 'binary', ${TEST_TARGET}, 'v' || number, 'pending', 'policy'
    from generate_series(1, 5000) as number
  `.execute(db);
  await sql`analyze tasks`.execute(db);
  const claim = claimOf(builderId);
  const plan = await db.transaction().execute(async (trx) => {
    const { rows } = await sql<Record<string, string>>`
      explain (analyze, costs off, timing off, summary off) ${claimStatement(claim, digestOf('token'))}
    `.execute(trx);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  });
  expect(plan).toContain('using tasks_claim');
  expect(plan).not.toContain('Seq Scan on tasks');
  expect(await claimTask(db, claim)).toMatchObject({ target: TEST_TARGET });
});
