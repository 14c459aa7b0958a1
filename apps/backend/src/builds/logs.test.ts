import { randomBytes } from 'node:crypto';
import { failure, type BuildId } from '@buildsrs/common';
import { createClient } from '@buildsrs/client';
import {
  appendLog,
  claimTask,
  failBuild,
  findBuild,
  requestTask,
  setStage,
  type ClaimedTask,
} from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import type { BuilderId } from '@buildsrs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { finishLogs } from '../background/finish-logs.ts';
import { describeMatrix } from '../testing/describe-matrix.ts';
import { sha256Of } from '../testing/publish.ts';
import { eventually } from '../testing/eventually.ts';
import {
  createTestHouse,
  startTestBackend,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';

interface Running {
  readonly build: BuildId;
  readonly builderId: BuilderId;
  append(offset: number, bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

let crates = 0;

/** A build that runs, driven by the database alone. */
async function startBuild({ db }: TestHouse): Promise<Running> {
  crates += 1;
  const builderId = await seedBuilder(db, `log-builder-${crates}`);
  const versionId = await seedVersion(db, `logged-${crates}`);
  await requestTask(db, {
    versionId,
    kind: 'binary',
    target: TEST_TARGET,
    origin: 'request',
    priority: crates,
  });
  const claim = { builderId, targets: [TEST_TARGET], kinds: ['binary'], isolationLevel: 3 } as const;
  const { buildId: build, token } = (await claimTask(db, { ...claim, leaseMs: 600_000 })) as ClaimedTask;
  return {
    build,
    builderId,
    async append(offset, bytes) {
      await appendLog(db, { build, offset, bytes });
    },
    async end() {
      await failBuild(db, { build, token, failure: failure('compiler-error', 'It does not compile.') });
    },
  };
}

const log = (backend: Answering, build: BuildId, range?: string): Promise<Response> =>
  backend.request(`/api/v1/builds/${build}/log`, range === undefined ? {} : { headers: { range } });

describeMatrix('a log', ({ backend, house }) => {
  const BYTES = Buffer.concat([
    randomBytes(100_000),
    Buffer.from('\u001b[31mred\u001b[0m\n'),
    randomBytes(90_000),
  ]);
  let running: Running;

  async function expectSlices(total: string): Promise<void> {
    const whole = await log(backend(), running.build);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-length')).toBe(String(BYTES.byteLength));
    expect(BYTES.equals(await whole.bytes())).toBe(true);
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=65000-131100', 65_000, 131_101],
      [`bytes=${BYTES.byteLength - 3}-`, BYTES.byteLength - 3, BYTES.byteLength],
      ['bytes=-10', BYTES.byteLength - 10, BYTES.byteLength],
    ] as const) {
      const part = await log(backend(), running.build, range);
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${total}`);
      expect(BYTES.subarray(start, end).equals(await part.bytes())).toBe(true);
    }
    const beyond = await log(backend(), running.build, `bytes=${BYTES.byteLength}-`);
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe(`bytes */${BYTES.byteLength}`);
  }

  beforeAll(async () => {
    running = await startBuild(house());
    for (let offset = 0; offset < BYTES.byteLength; offset += 50_000) {
      await running.append(offset, BYTES.subarray(offset, offset + 50_000));
    }
  });

  it('is read in ranges while the build runs, its length open', async () => {
    await expectSlices('*');
    const head = await backend().request(`/api/v1/builds/${running.build}/log`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toContain('text/plain');
    expect(head.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await head.bytes()).byteLength).toBe(0);
  });

  it('is the same when it has become an object', async () => {
    await running.end();
    await finishLogs(backend().context, new AbortController().signal);
    const { logObject } = await eventually(
      async () => (await findBuild(house().db, running.build)) ?? { logObject: null },
      (build) => build.logObject !== null,
    );
    expect((await backend().context.store.head(logObject as never))?.size).toBeGreaterThan(0);
    await expectSlices(String(BYTES.byteLength));
  });

  it('of a build that wrote nothing is empty', async () => {
    const silent = await startBuild(house());
    const response = await log(backend(), silent.build);
    expect(response.status).toBe(200);
    expect((await response.bytes()).byteLength).toBe(0);
    expect((await log(backend(), silent.build, 'bytes=0-')).status).toBe(416);
    await silent.end();
  });

  it('is followed to its end', async () => {
    const followed = await startBuild(house());
    await followed.append(0, Buffer.from('one\n'));
    const response = await backend().request(`/api/v1/builds/${followed.build}/log?follow=1`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const text = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await text()).toBe('one\n');
    await followed.append(4, Buffer.from('two\n'));
    expect(await text()).toBe('two\n');
    await followed.end();
    expect((await reader.read()).done).toBe(true);
    await eventually(
      () => backend().context.watches.size,
      (size) => size === 0,
    );
  });

  it('reaches a hundred readers whole, though some of them stand still', async () => {
    const followed = await startBuild(house());
    const path = `/api/v1/builds/${followed.build}/log?follow=1`;
    const open = (): Promise<Response> => backend().request(path);
    const stalled = await Promise.all(Array.from({ length: 20 }, open));
    const reading = Array.from({ length: 80 }, async () => sha256Of(await (await open()).bytes()));
    const parts = Array.from({ length: 12 }, (_, index) => randomBytes(30_000 + index));
    let offset = 0;
    for (const part of parts) {
      await followed.append(offset, part);
      offset += part.byteLength;
    }
    await followed.end();
    expect(new Set(await Promise.all(reading))).toEqual(new Set([sha256Of(Buffer.concat(parts))]));
    for (const response of stalled) await response.body?.cancel();
    await eventually(
      () => backend().context.watches.size,
      (size) => size === 0,
    );
  });

  it('lets go of a build when its reader leaves', async () => {
    const followed = await startBuild(house());
    await followed.append(0, Buffer.from('one\n'));
    const response = await backend().request(`/api/v1/builds/${followed.build}/log?follow=1`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    expect(backend().context.watches.size).toBe(1);
    await reader.cancel();
    await eventually(
      () => backend().context.watches.size,
      (size) => size === 0,
    );
    await followed.end();
  });
});

describe('events of a build', () => {
  it('reach viewers of every backend: stages, log and end, each once', async () => {
    await using house = await createTestHouse();
    await using first = await startTestBackend(house);
    await using second = await startTestBackend(house);
    const running = await startBuild(house);
    await setStage(house.db, { ...running, stage: 'fetch' });
    await running.append(0, Buffer.from('before '));
    const seen = [first, second].map(async (backend) => {
      const client = createClient({ baseUrl: backend.url });
      const events: string[] = [];
      let bytes = '';
      for await (const event of client.followBuild(running.build)) {
        if (event.type === 'log') bytes += Buffer.from(event.bytes).toString();
        else events.push(event.type === 'stage' ? event.stage : event.outcome);
      }
      return { events, bytes };
    });
    await eventually(
      () => first.context.watches.size + second.context.watches.size,
      (size) => size === 2,
    );
    await setStage(house.db, { ...running, stage: 'build' });
    await running.append(7, Buffer.from('after'));
    await running.end();
    const expected = { events: ['fetch', 'build', 'failed'], bytes: 'before after' };
    expect(await Promise.all(seen)).toEqual([expected, expected]);
  });

  it('go on where a browser left', async () => {
    await using house = await createTestHouse();
    await using backend = await startTestBackend(house);
    const running = await startBuild(house);
    await running.append(0, Buffer.from('0123456789'));
    await running.end();
    const path = `/api/v1/builds/${running.build}/events`;
    const resumed = await backend.request(`${path}?offset=2`, { headers: { 'last-event-id': '7' } });
    expect(resumed.headers.get('content-type')).toContain('text/event-stream');
    expect(await resumed.text()).toContain(`"data":"${Buffer.from('789').toString('base64')}"`);
    const from = await backend.request(`${path}?offset=9`);
    expect(await from.text()).toBe(
      `event: log\nid: 10\ndata: {"offset":9,"data":"${Buffer.from('9').toString('base64')}"}\n\nevent: end\ndata: {"outcome":"failed"}\n\n`,
    );
  });
});
