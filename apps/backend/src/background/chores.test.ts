import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Digest } from '@buildsrs/common';
import {
  claimTask,
  declineBuild,
  findBuild,
  findObjects,
  listUploads,
  recordUpload,
  requestTask,
  type ClaimedTask,
} from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import type { BuilderId } from '@buildsrs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishFile, sha256Of } from '../testing/publish.ts';
import {
  createMemoryBackend,
  createTestHouse,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { sweepStorage } from './sweep-storage.ts';

let house: TestHouse;
let backend: Answering;
let builderId: BuilderId;
let crates = 0;

beforeAll(async () => {
  house = await createTestHouse();
  backend = await createMemoryBackend(house);
  builderId = await seedBuilder(house.db, 'chores');
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;
const sweep = (horizons: { stagingMs?: number; orphansMs?: number } = {}) =>
  sweepStorage(backend.context, signal, horizons);
const stored = async (digest: Digest): Promise<boolean> =>
  (await backend.context.store.head(digest)) !== undefined;

async function stage(bytes: Uint8Array) {
  return await backend.context.store.put(Readable.from([bytes]), { maxBytes: bytes.byteLength });
}

async function claim(): Promise<ClaimedTask> {
  crates += 1;
  const versionId = await seedVersion(house.db, `chore-${crates}`);
  await requestTask(house.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  const wanted = { builderId, targets: [TEST_TARGET], kinds: ['binary'], isolationLevel: 0 } as const;
  return (await claimTask(house.db, { ...wanted, leaseMs: 600_000 })) as ClaimedTask;
}

describe('the sweep of the storage', () => {
  it('takes what a crash left between storing and publishing, but not at once', async () => {
    const bytes = randomBytes(30);
    const staged = await stage(bytes);
    await backend.context.store.commit(staged);
    expect(await sweep()).toMatchObject({ orphans: 0 });
    expect(await stored(staged.sha256)).toBe(true);
    expect(await sweep({ orphansMs: 0 })).toMatchObject({ orphans: 1 });
    expect(await stored(staged.sha256)).toBe(false);
    expect(await findObjects(house.db, [staged.sha256])).toEqual(new Set());
  });

  it('leaves what is published, and what is uploaded for a build that runs', async () => {
    const file = await publishFile(backend.context, 'swept-around', randomBytes(40));
    const task = await claim();
    const bytes = randomBytes(50);
    const staged = await stage(bytes);
    await recordUpload(house.db, { buildId: task.buildId, name: 'a', ...staged } as never);
    await backend.context.store.commit(staged);
    await sweep({ orphansMs: 0 });
    expect(await stored(file.sha256)).toBe(true);
    expect(await stored(sha256Of(bytes))).toBe(true);
    await declineBuild(house.db, { build: task.buildId, builderId, delayMs: 600_000 });
    await sweep({ orphansMs: 0 });
    expect(await stored(sha256Of(bytes))).toBe(false);
    expect(await stored(file.sha256)).toBe(true);
  });

  it('takes the staged files of builds that ended', async () => {
    const task = await claim();
    const staged = await stage(randomBytes(60));
    await recordUpload(house.db, { buildId: task.buildId, name: 'a', ...staged } as never);
    expect(await sweep()).toMatchObject({ uploads: 0 });
    await declineBuild(house.db, { build: task.buildId, builderId, delayMs: 600_000 });
    expect((await findBuild(house.db, task.buildId))?.outcome).toBe('cancelled');
    expect(await sweep()).toMatchObject({ uploads: 1 });
    expect(await listUploads(house.db, task.buildId)).toEqual([]);
    await expect(backend.context.store.commit(staged)).rejects.toThrow(/staged/);
  });

  it('takes staged bytes that nobody knows of', async () => {
    await stage(randomBytes(70));
    expect(await sweep()).toMatchObject({ staging: 0 });
    expect(await sweep({ stagingMs: -1_000 })).toMatchObject({ staging: 1 });
  });
});
