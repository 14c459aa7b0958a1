import type { BuildId } from '@buildsrs/common';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, digestOf, seedBuilder, seedVersion, TEST_TARGET } from '../../testing/index.ts';
import { claimTask } from '../tasks/claim-task.ts';
import { requestTask } from '../tasks/request-task.ts';
import { findBuild } from './find-builds.ts';
import { appendLog, finishLog, listUnfinishedLogs, readLog } from './log.ts';

async function startBuild(db: Awaited<ReturnType<typeof createTestDatabase>>['db']) {
  const builderId = await seedBuilder(db, 'builder');
  const versionId = await seedVersion(db, 'wanted');
  await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  const claimed = await claimTask(db, {
    builderId,
    targets: [TEST_TARGET],
    kinds: ['binary'],
    isolationLevel: 0,
    leaseMs: 60_000,
  });
  return { build: claimed?.buildId as BuildId, token: claimed?.token as string };
}

it('appends pieces, takes repeated bytes once, and refuses a gap', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { build, token } = await startBuild(db);
  const append = async (offset: number, text: string) =>
    await appendLog(db, { build, token, offset, bytes: Buffer.from(text) });
  expect(await append(0, 'hello ')).toEqual({ length: 6, outcome: 'appended' });
  expect(await append(0, 'hello ')).toEqual({ length: 6, outcome: 'duplicate' });
  expect(await append(3, 'lo world')).toEqual({ length: 11, outcome: 'appended' });
  expect(await append(99, 'later')).toEqual({ length: 11, outcome: 'gap' });
  expect(await appendLog(db, { build, token: 'other', offset: 11, bytes: Buffer.from('x') })).toEqual({
    length: 0,
    outcome: 'ended',
  });
  for (const [offset, length, text] of [
    [0, 100, 'hello world'],
    [4, 4, 'o wo'],
    [11, 5, ''],
    [6, 1, 'w'],
  ] as const) {
    expect((await readLog(db, build, offset, length)).toString()).toBe(text);
  }
});

it('keeps every byte in order when the same pieces are sent over two connections at once', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { build } = await startBuild(db);
  const whole = Buffer.from(Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join(''));
  const send = async () => {
    for (let offset = 0; offset < whole.length; offset += 37) {
      await appendLog(db, { build, offset, bytes: whole.subarray(offset, offset + 37) });
    }
  };
  await Promise.all([send(), send(), send()]);
  expect((await readLog(db, build, 0, 10_000)).toString()).toBe(whole.toString());
});

it('replaces the pieces by an object once the build has ended', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { build } = await startBuild(db);
  await appendLog(db, { build, offset: 0, bytes: Buffer.from('all of it') });
  expect(await listUnfinishedLogs(db, 10)).toEqual([]);
  await sql`update builds set outcome = 'cancelled', ended_at = now()`.execute(db);
  expect(await appendLog(db, { build, offset: 9, bytes: Buffer.from('!') })).toMatchObject({
    outcome: 'ended',
  });
  expect(await listUnfinishedLogs(db, 10)).toEqual([build]);
  await finishLog(db, { build, sha256: digestOf('all of it'), size: 9 });
  expect(await listUnfinishedLogs(db, 10)).toEqual([]);
  expect(await readLog(db, build, 0, 10)).toHaveLength(0);
  expect(await findBuild(db, build)).toMatchObject({ logBytes: 9, logObject: digestOf('all of it') });
});
