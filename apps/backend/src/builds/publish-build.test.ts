import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { ProblemError, type ArtifactName, type BuilderId, type Job, type JobResult } from '@buildsrs/common';
import {
  claimTask,
  enableTarget,
  findBuild,
  findTask,
  findVersionById,
  listTasksOfVersion,
  metadataRequest,
  recordUpload,
  requestTask,
  type ClaimedTask,
} from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import type { ObjectStore } from '@buildsrs/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { makeJob } from '../jobs/make-job.ts';
import { sha256Of } from '../testing/publish.ts';
import {
  createMemoryBackend,
  createTestHouse,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { binaryResult, factsWith } from '../testing/test-builder.ts';
import { publishBuild } from './publish-build.ts';

let house: TestHouse;
let backend: Answering;
let builderId: BuilderId;
let crates = 0;

const NAME = 'a.tar.gz';

beforeAll(async () => {
  house = await createTestHouse();
  backend = await createMemoryBackend(house);
  builderId = await seedBuilder(house.db, 'publishing');
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

interface Claimed {
  readonly task: ClaimedTask;
  readonly job: Job;
}

async function claim(
  kind: 'binary' | 'metadata',
  origin: 'request' | 'policy' = 'request',
): Promise<Claimed> {
  crates += 1;
  const versionId = await seedVersion(house.db, `published-${crates}`);
  const common = { versionId, origin, priority: crates };
  if (kind === 'metadata') await requestTask(house.db, metadataRequest(common));
  else await requestTask(house.db, { ...common, kind, target: TEST_TARGET });
  const wanted = {
    builderId,
    targets: [TEST_TARGET, 'generic' as never],
    isolationLevel: 0,
    leaseMs: 600_000,
  };
  const task = (await claimTask(house.db, { ...wanted, kinds: [kind] })) as ClaimedTask;
  expect(task.versionId).toBe(versionId);
  const registry = { index: 'sparse+http://registry.test/', dl: 'http://registry.test', api: null };
  return { task, job: makeJob(task, { registry, address: backend.context.address, leaseMs: 600_000 }) };
}

async function upload({ task }: Claimed, bytes: Uint8Array): Promise<void> {
  const staged = await backend.context.store.put(Readable.from([bytes]), { maxBytes: bytes.byteLength });
  await recordUpload(house.db, { buildId: task.buildId, name: NAME as ArtifactName, ...staged });
}

const report = ({ task, job }: Claimed, result: JobResult | Uint8Array) => ({
  build: task.buildId,
  token: task.token,
  result: result instanceof Uint8Array ? binaryResult(job, { [NAME]: result }) : result,
});

/** The same context over a store of which one method is another. */
const over = (changes: Partial<ObjectStore>): Context => ({
  ...backend.context,
  store: { ...backend.context.store, ...changes },
});

const isPublished = async ({ task, job }: Claimed): Promise<boolean> => {
  const path = `/crates/${task.crate}/1.0.0/${TEST_TARGET}/${NAME}`;
  const { status } = await backend.request(path, { method: 'HEAD' });
  const built = (await findTask(house.db, job.task))?.status === 'built';
  expect(built).toBe(status === 200);
  return built;
};

describe('publishing', () => {
  it('is all or nothing wherever a crash strikes, and the same report goes through afterwards', async () => {
    const { store } = backend.context;
    const crash = (): never => {
      throw new Error('killed');
    };
    for (const broken of [
      over({ commit: async () => crash() }),
      over({
        async commit(staged) {
          await store.commit(staged);
          crash();
        },
      }),
    ]) {
      const claimed = await claim('binary');
      const bytes = randomBytes(40);
      await upload(claimed, bytes);
      await expect(publishBuild(broken, report(claimed, bytes))).rejects.toThrow('killed');
      expect(await isPublished(claimed)).toBe(false);
      expect(await findBuild(house.db, claimed.task.buildId)).toMatchObject({ outcome: null });
      expect(await publishBuild(backend.context, report(claimed, bytes))).toBe('recorded');
      expect(await isPublished(claimed)).toBe(true);
      expect(await publishBuild(backend.context, report(claimed, bytes))).toBe('already-recorded');
    }
  });

  it('tries again when the storage is away for a moment', async () => {
    const claimed = await claim('binary');
    const bytes = randomBytes(40);
    await upload(claimed, bytes);
    let tries = 0;
    const flaky = over({
      async commit(staged) {
        tries += 1;
        if (tries === 1) throw new ProblemError('unavailable', 'The storage does not answer.');
        await backend.context.store.commit(staged);
      },
    });
    expect(await publishBuild(flaky, report(claimed, bytes))).toBe('recorded');
    expect(await isPublished(claimed)).toBe(true);
  });

  it('gives the task back when the staged bytes are gone', async () => {
    const claimed = await claim('binary');
    const bytes = randomBytes(40);
    await upload(claimed, bytes);
    await backend.context.store.sweepStaging({ olderThanMs: -1_000 });
    expect(await publishBuild(backend.context, report(claimed, bytes))).toBe('recorded');
    expect(await findBuild(house.db, claimed.task.buildId)).toMatchObject({
      outcome: 'error',
      failure: { kind: 'upload-error', retryable: true },
    });
    expect(await findTask(house.db, claimed.job.task)).toMatchObject({ status: 'pending' });
    await house.db
      .updateTable('tasks')
      .set({ notBefore: new Date('2100-01-01') })
      .where('id', '=', claimed.job.task)
      .execute();
  });

  it('takes the same bytes of two builds at once', async () => {
    const bytes = randomBytes(40);
    const both = [await claim('binary'), await claim('binary')];
    for (const claimed of both) await upload(claimed, bytes);
    const outcomes = both.map((claimed) => publishBuild(backend.context, report(claimed, bytes)));
    expect(await Promise.all(outcomes)).toEqual(['recorded', 'recorded']);
    for (const claimed of both) expect(await isPublished(claimed)).toBe(true);
    const found = (await (await backend.request(`/api/v1/artifacts/${sha256Of(bytes)}`)).json()) as {
      items: [];
    };
    expect(found.items).toHaveLength(2);
  });

  it('records the same report once, however many times it comes at once', async () => {
    const claimed = await claim('binary');
    const bytes = randomBytes(40);
    await upload(claimed, bytes);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => publishBuild(backend.context, report(claimed, bytes))),
    );
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'already-recorded')).toHaveLength(7);
  });
});

describe('facts', () => {
  const metadata = (...binaries: string[]): JobResult => ({
    kind: 'metadata',
    facts: factsWith(...binaries),
  });

  it('are written, and what waited for them begins', async () => {
    const claimed = await claim('metadata');
    const waiting = await requestTask(house.db, {
      versionId: claimed.task.versionId,
      kind: 'binary',
      target: TEST_TARGET,
      origin: 'request',
      blockedOn: claimed.task.taskId,
    });
    expect(waiting.status).toBe('blocked');
    expect(await publishBuild(backend.context, report(claimed, metadata('tool')))).toBe('recorded');
    expect((await findTask(house.db, waiting.id))?.status).toBe('pending');
    expect((await findVersionById(house.db, claimed.task.versionId))?.facts?.binaries).toHaveLength(1);
    await house.db.updateTable('tasks').set({ priority: -1 }).where('id', '=', waiting.id).execute();
  });

  it('of a library fail what waited for them, and say why', async () => {
    const claimed = await claim('metadata');
    const waiting = await requestTask(house.db, {
      versionId: claimed.task.versionId,
      kind: 'binary',
      target: TEST_TARGET,
      origin: 'request',
      blockedOn: claimed.task.taskId,
    });
    expect(await publishBuild(backend.context, report(claimed, metadata()))).toBe('recorded');
    const task = await findTask(house.db, waiting.id);
    expect(task).toMatchObject({ status: 'failed', failure: { kind: 'no-binaries', retryable: false } });
    expect(task?.failure?.message).toContain(claimed.task.crate);
  });

  it('make the tasks of every enabled target where the policy wanted them', async () => {
    await enableTarget(house.db, TEST_TARGET);
    const claimed = await claim('metadata', 'policy');
    expect(await publishBuild(backend.context, report(claimed, metadata('tool')))).toBe('recorded');
    const tasks = await listTasksOfVersion(house.db, claimed.task.versionId);
    expect(tasks).toMatchObject([
      { kind: 'metadata', status: 'built' },
      { kind: 'binary', status: 'pending', target: TEST_TARGET, origin: 'policy' },
    ]);
  });

  it('given for a binary build are not taken', async () => {
    const claimed = await claim('binary');
    expect(await publishBuild(backend.context, report(claimed, metadata('tool')))).toBe('recorded');
    expect(await findBuild(house.db, claimed.task.buildId)).toMatchObject({
      outcome: 'error',
      failure: { kind: 'executor-error' },
    });
  });
});
