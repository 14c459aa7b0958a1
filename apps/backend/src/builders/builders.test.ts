import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { failure, type Job } from '@buildsrs/common';
import {
  declineBuild,
  findBuild,
  findTask,
  listBuilders,
  requestTask,
  setBuilderEnabled,
  type TaskRow,
} from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { CONNECT_PATH, SUBPROTOCOL } from '@buildsrs/protocol';
import { generateBuilderKey } from '@buildsrs/protocol/ssh';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Backend } from '../start-backend.ts';
import { eventually } from '../testing/eventually.ts';
import {
  createTestHouse,
  startTestBackend,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { binaryResult, enrolTestBuilder, putArtifact, TestBuilder } from '../testing/test-builder.ts';
import { CRATES_IO } from '@buildsrs/registry';

let house: TestHouse;
let backend: Backend & Answering;
let crates = 0;

beforeAll(async () => {
  house = await createTestHouse();
  backend = await startTestBackend(house);
});
afterAll(async () => {
  await backend.stop();
  await house[Symbol.asyncDispose]();
});

async function wantTask(options: { isolationLevel?: number } = {}): Promise<TaskRow> {
  crates += 1;
  const versionId = await seedVersion(house.db, `built-${crates}`);
  return await requestTask(house.db, {
    versionId,
    kind: 'binary',
    target: TEST_TARGET,
    origin: 'request',
    ...options,
  });
}

/** Keeps a task that waits for its retry out of the way of the tests that follow. */
async function shelve(job: Job): Promise<void> {
  await house.db
    .updateTable('tasks')
    .set({ notBefore: new Date('2100-01-01') })
    .where('id', '=', job.task)
    .execute();
}

const status = async (job: Job): Promise<string | undefined> => (await findTask(house.db, job.task))?.status;

async function finish(builder: TestBuilder, job: Job): Promise<string> {
  const bytes = randomBytes(20);
  await putArtifact(job, 'a.tar.gz', bytes);
  return await builder.complete(job, binaryResult(job, { 'a.tar.gz': bytes }));
}

describe('a builder', () => {
  it('that waits is given a task as soon as somebody wants one', async () => {
    const builder = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'waiting'));
    builder.session.request(1);
    const task = await wantTask();
    const { job } = await builder.hears('offer');
    expect(job).toMatchObject({
      task: task.id,
      crate: task.crate,
      variant: 'default',
      isolation: 'none',
      registry: { index: CRATES_IO.sparseIndex },
      uploadUrl: `${backend.url}/api/v1/builds/${job.build}/artifacts`,
    });
    expect(await status(job)).toBe('scheduled');
    builder.builds.add(job.build);
    builder.session.accept(job.build);
    await eventually(
      () => status(job),
      (now) => now === 'building',
    );
    expect(await finish(builder, job)).toBe('recorded');
    await builder.close();
  });

  it('that goes gives its offers back, and resumes what it runs', async () => {
    const key = await enrolTestBuilder(house.db, 'going');
    const first = await TestBuilder.welcomed(backend.url, key);
    await wantTask();
    const job = await first.takeJob();
    first.session.log(job.build, 0, Buffer.from('half a line'));
    await first.hears('logged');
    await wantTask();
    first.session.request(2);
    const { job: offered } = await first.hears('offer');
    first.socket.terminate();
    const second = await TestBuilder.welcomed(backend.url, key);
    await eventually(
      () => status(offered),
      (now) => now === 'pending',
    );
    second.session.resume(job.build, job.lease.token);
    expect(await second.hears('resumed')).toMatchObject({ build: job.build, logOffset: 11 });
    second.session.log(job.build, 5, Buffer.from('a line, whole\n'));
    await second.hears('logged');
    second.builds.add(job.build);
    expect(await finish(second, job)).toBe('recorded');
    await eventually(
      async () => await (await backend.request(`/api/v1/builds/${job.build}/log`)).text(),
      (text) => text === 'half a line, whole\n',
    );
    const again = await second.takeJob();
    expect(again.task).toBe(offered.task);
    expect(await finish(second, again)).toBe('recorded');
    await second.close();
  });

  it('keeps its lease by heartbeats, and loses it by silence; a late result changes nothing', async () => {
    await using quick = await startTestBackend(house, { flags: ['--lease', '15s'] });
    const builder = await TestBuilder.welcomed(quick.url, await enrolTestBuilder(house.db, 'silent'));
    await wantTask();
    const job = await builder.takeJob();
    const leaseEnd = async (): Promise<number> =>
      (await findBuild(house.db, job.build))?.leaseExpiresAt.getTime() ?? 0;
    const before = await leaseEnd();
    await builder.hears('renewed', ({ builds }) => builds.some((lease) => lease.build === job.build));
    expect(await leaseEnd()).toBeGreaterThan(before);
    builder.builds.delete(job.build);
    // As if it had been silent for longer than its lease.
    await house.db
      .updateTable('builds')
      .set({ leaseExpiresAt: new Date(0) })
      .where('id', '=', job.build)
      .execute();
    const lost = await eventually(
      () => findBuild(house.db, job.build),
      (build) => build?.outcome === 'lost',
    );
    await shelve(job);
    expect(lost).toMatchObject({ failure: { kind: 'builder-lost' } });
    expect((await putArtifact(job, 'late', randomBytes(5))).status).toBe(409);
    expect(await builder.complete(job, binaryResult(job, { late: randomBytes(5) }))).toBe('lease-lost');
    expect((await findTask(house.db, job.task))?.publishedBuildId).toBeNull();
    await builder.close();
  });

  it('that fails is believed: for good, or tried again', async () => {
    const builder = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'failing'));
    await wantTask();
    const job = await builder.takeJob();
    builder.session.failed(job.build, job.lease.token, failure('compiler-error', 'no such type'));
    await builder.hears('done');
    const task = await findTask(house.db, job.task);
    if (task?.id !== job.task) throw new Error('no task');
    expect(task).toMatchObject({ status: 'failed', failure: { message: 'no such type' } });
    await wantTask();
    const other = await builder.takeJob();
    builder.session.failed(other.build, other.lease.token, failure('fetch-error', 'registry away'));
    await builder.hears('done');
    expect(await findTask(house.db, other.task)).toMatchObject({ status: 'pending', attempts: 1 });
    const response = await backend.request(`/api/v1/tasks/${other.task}`);
    await shelve(other);
    expect(await response.json()).toMatchObject({ notBefore: expect.any(String) as string });
    await builder.close();
  });

  it('cannot touch the build of another', async () => {
    const owner = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'owner'));
    const thief = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'thief'));
    await wantTask();
    const job = await owner.takeJob();
    await eventually(
      () => status(job),
      (now) => now === 'building',
    );
    const forged = { ...job, lease: { ...job.lease, token: 'x'.repeat(43) } };
    expect((await putArtifact(forged, 'a', randomBytes(5))).status).toBe(409);
    expect(await thief.complete(forged, binaryResult(job, { a: randomBytes(5) }))).toBe('lease-lost');
    thief.session.resume(job.build, forged.lease.token);
    await thief.hears('lost');
    thief.session.resume(job.build, job.lease.token);
    await thief.hears('lost');
    thief.session.log(job.build, 0, Buffer.from('forged'));
    await thief.hears('lost');
    thief.session.stage(job.build, 'upload');
    await thief.hears('lost');
    expect(await findBuild(house.db, job.build)).toMatchObject({ outcome: null, logBytes: 0, stage: null });
    expect(await finish(owner, job)).toBe('recorded');
    await owner.close();
    await thief.close();
  });

  it('is replaced by its newer connection, and shown as connected all the while', async () => {
    const key = await enrolTestBuilder(house.db, 'twice');
    const first = await TestBuilder.welcomed(backend.url, key);
    const second = await TestBuilder.welcomed(backend.url, key);
    expect(await first.hears('closed')).toMatchObject({ word: 'replaced' });
    const connected = async (): Promise<boolean | undefined> =>
      (await listBuilders(house.db)).find((row) => row.name === 'twice')?.connected;
    expect(await connected()).toBe(true);
    await second.close();
    await eventually(connected, (now) => now === false);
  });

  it('that is disabled is let go, and not let in', async () => {
    const key = await enrolTestBuilder(house.db, 'disabled');
    const builder = await TestBuilder.welcomed(backend.url, key);
    const id = (await listBuilders(house.db)).find((row) => row.name === 'disabled')?.id;
    await setBuilderEnabled(house.db, id as never, false);
    expect(await builder.hears('closed')).toMatchObject({ word: 'builder-disabled' });
    const again = await TestBuilder.connect(backend.url, key);
    expect(await again.hears('closed')).toMatchObject({ word: 'builder-disabled' });
  });

  it('that nobody enrolled is refused', async () => {
    const stranger = await TestBuilder.connect(backend.url, generateBuilderKey('stranger'));
    expect(await stranger.hears('closed')).toMatchObject({ word: 'unknown-key', reconnect: false });
  });

  it('is told when somebody else ended its build', async () => {
    const builder = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'cancelled'));
    await wantTask();
    const job = await builder.takeJob();
    await eventually(
      () => status(job),
      (now) => now === 'building',
    );
    const id = (await findBuild(house.db, job.build))?.builderId;
    await declineBuild(house.db, { build: job.build, builderId: id as never, delayMs: 600_000 });
    expect(await builder.hears('cancel')).toMatchObject({ build: job.build });
    builder.builds.delete(job.build);
    builder.session.decline(job.build, 'stopped');
    await shelve(job);
    expect((await putArtifact(job, 'a', randomBytes(5))).status).toBe(409);
    await builder.close();
  });

  it('is given nothing that asks for more isolation than it has', async () => {
    const task = await wantTask({ isolationLevel: 1 });
    const weak = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'weak'));
    const strong = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'strong'), {
      isolation: 'sandbox',
      executor: 'sandbox',
    });
    weak.session.request(1);
    const job = await strong.takeJob();
    expect(job).toMatchObject({ task: task.id, isolation: 'sandbox' });
    expect(weak.heard.some((message) => message.type === 'offer')).toBe(false);
    expect(await finish(strong, job)).toBe('recorded');
    await weak.close();
    await strong.close();
  });
});

describe('the door', () => {
  async function refusal(path: string, protocols: string[]): Promise<string> {
    const socket = new WebSocket(backend.url.replace(/^http/, 'ws') + path, protocols);
    const [error] = (await once(socket, 'error')) as [Error];
    return error.message;
  }

  it('is only at its path, and only for this protocol', async () => {
    expect(await refusal('/api/v1/queue', [SUBPROTOCOL])).toContain('404');
    expect(await refusal(CONNECT_PATH, ['other'])).toContain('400');
    expect(await refusal(CONNECT_PATH, [])).toContain('400');
  });

  it('closes on what is too large, binary, or no message, and stays open for others', async () => {
    const key = await enrolTestBuilder(house.db, 'neighbour');
    const neighbour = await TestBuilder.welcomed(backend.url, key);
    for (const frame of ['x'.repeat(2 * 1024 * 1024), Buffer.from('binary'), '{"type":"nonsense"}', 'null']) {
      const socket = new WebSocket(backend.url.replace(/^http/, 'ws') + CONNECT_PATH, SUBPROTOCOL);
      socket.on('error', () => undefined);
      await once(socket, 'open');
      socket.send(frame);
      const [code] = (await once(socket, 'close')) as [number];
      expect(code).toBeGreaterThan(1000);
    }
    await wantTask();
    const job = await neighbour.takeJob();
    expect(await finish(neighbour, job)).toBe('recorded');
    await neighbour.close();
  });
});

describe('two backends', () => {
  it('share the queue, and each sees at once what the other did', async () => {
    await using second = await startTestBackend(house);
    const builder = await TestBuilder.welcomed(second.url, await enrolTestBuilder(house.db, 'elsewhere'));
    builder.session.request(1);
    const task = await wantTask();
    const { job } = await builder.hears('offer');
    builder.builds.add(job.build);
    builder.session.accept(job.build);
    const bytes = randomBytes(50);
    // Uploads may reach another backend than the one the builder is connected to.
    const elsewhere = { ...job, uploadUrl: job.uploadUrl.replace(second.url, backend.url) };
    expect((await putArtifact(elsewhere, 'a.tar.gz', bytes)).status).toBe(201);
    expect(await builder.complete(job, binaryResult(job, { 'a.tar.gz': bytes }))).toBe('recorded');
    const path = `/crates/${task.crate}/1.0.0/${TEST_TARGET}/a.tar.gz`;
    for (const one of [backend, second]) {
      expect(Buffer.from(await (await one.request(path)).bytes()).equals(bytes)).toBe(true);
    }
    await builder.close();
  });

  it('a backend that stops sends its builders elsewhere, and what they run goes on', async () => {
    const stopping = await startTestBackend(house);
    const key = await enrolTestBuilder(house.db, 'moving');
    const builder = await TestBuilder.welcomed(stopping.url, key);
    await wantTask();
    const job = await builder.takeJob();
    await eventually(
      () => status(job),
      (now) => now === 'building',
    );
    await stopping.stop();
    await builder.hears('drain');
    expect(await builder.hears('closed')).toMatchObject({ code: 1012, reconnect: true });
    await expect(fetch(stopping.url)).rejects.toThrow('fetch failed');
    const moved = await TestBuilder.welcomed(backend.url, key);
    moved.session.resume(job.build, job.lease.token);
    await moved.hears('resumed');
    const here = { ...job, uploadUrl: job.uploadUrl.replace(stopping.url, backend.url) };
    expect(await finish(moved, here)).toBe('recorded');
    await moved.close();
  });
});
