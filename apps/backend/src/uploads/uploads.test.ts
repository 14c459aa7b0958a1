import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { digestToHeader, failure, type Job } from '@buildsrs/common';
import { findBuild, listUploads, requestTask } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import type { BuilderKey } from '@buildsrs/protocol/ssh';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sweepStorage } from '../background/sweep-storage.ts';
import type { Backend } from '../start-backend.ts';
import { eventually } from '../testing/eventually.ts';
import { sha256Of } from '../testing/publish.ts';
import {
  createTestHouse,
  startTestBackend,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { binaryResult, enrolTestBuilder, putArtifact, TestBuilder } from '../testing/test-builder.ts';

let house: TestHouse;
let backend: Backend & Answering;
let key: BuilderKey;
let builder: TestBuilder;
let job: Job;
let crates = 0;

const BYTES = randomBytes(150_000);

beforeAll(async () => {
  house = await createTestHouse();
  backend = await startTestBackend(house);
  key = await enrolTestBuilder(house.db, 'uploader');
});
afterAll(async () => {
  await backend.stop();
  await house[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await sweepStorage(backend.context, new AbortController().signal);
  crates += 1;
  const versionId = await seedVersion(house.db, `uploaded-${crates}`);
  await requestTask(house.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  builder = await TestBuilder.welcomed(backend.url, key);
  job = await builder.takeJob();
});
afterEach(async () => {
  builder.session.failed(job.build, job.lease.token, failure('compiler-error', 'test over'));
  await builder.hears('done');
  await builder.close();
});

const staged = (): Promise<string[]> => readdir(join(house.storage, 'staging'));

/** Sends raw bytes and gives what comes back until the connection ends; `fetch` would not say anything false. */
async function raw(text: string, options: { readonly end?: boolean } = {}): Promise<string> {
  const socket = connect(Number(new URL(backend.url).port), '127.0.0.1');
  socket.write(text);
  if (options.end === true) socket.end();
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => (answer += chunk));
  // A server that refuses may reset the connection; what it said before counts.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

function head(name: string, headers: Record<string, string>): string {
  const { pathname, host } = new URL(`${job.uploadUrl}/${name}`);
  const lines = Object.entries({ authorization: `Bearer ${job.lease.token}`, ...headers }).map(
    ([header, value]) => `${header}: ${value}`,
  );
  return [`PUT ${pathname} HTTP/1.1`, `host: ${host}`, 'connection: close', ...lines, '', ''].join('\r\n');
}

describe('uploads', () => {
  it('take the same file again without keeping it twice', async () => {
    expect((await putArtifact(job, 'a.tar.gz', BYTES)).status).toBe(201);
    expect((await putArtifact(job, 'a.tar.gz', BYTES)).status).toBe(200);
    expect(await staged()).toHaveLength(1);
    const other = randomBytes(10);
    expect((await putArtifact(job, 'a.tar.gz', other)).status).toBe(201);
    expect(await listUploads(house.db, job.build)).toMatchObject([{ sha256: sha256Of(other), size: 10 }]);
    expect(await staged()).toHaveLength(1);
    expect(await builder.complete(job, binaryResult(job, { 'a.tar.gz': other }))).toBe('recorded');
    expect(await staged()).toHaveLength(0);
  });

  it('take an empty file', async () => {
    expect((await putArtifact(job, 'empty', new Uint8Array())).status).toBe(201);
  });

  it.each([
    ['no token', { authorization: '' }, 401, 'unauthorized'],
    ['another token', { authorization: `Bearer ${'x'.repeat(43)}` }, 409, 'lease-lost'],
    ['no digest', { 'repr-digest': '' }, 400, 'invalid-request'],
    ['a short digest', { 'repr-digest': 'sha-256=:YWJj:' }, 400, 'invalid-request'],
    [
      'another digest',
      { 'repr-digest': digestToHeader(sha256Of(Buffer.from('other'))) },
      422,
      'digest-mismatch',
    ],
  ])('refuse %s and keep nothing', async (_, headers, status, code) => {
    const response = await putArtifact(job, 'a.tar.gz', BYTES, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await listUploads(house.db, job.build)).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it.each(['..%2fescape', '.hidden', 'a%00b', '-rf', 'a%2fb', 'x'.repeat(256)])(
    'refuse the name %s',
    async (name) => {
      expect((await putArtifact(job, name, BYTES)).status).toBe(400);
    },
  );

  it('refuse a token for the build of another', async () => {
    const other = { ...job, uploadUrl: job.uploadUrl.replace(job.build, crypto.randomUUID()) };
    expect((await putArtifact(other, 'a', BYTES)).status).toBe(409);
  });

  it('refuse a file that is larger than a build may leave, before it comes', async () => {
    const answer = await raw(
      head('a', { 'content-length': String(2 ** 40), 'repr-digest': digestToHeader(sha256Of(BYTES)) }),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('too-large');
  });

  it('refuse a body without its length', async () => {
    const answer = await raw(
      `${head('a', { 'transfer-encoding': 'chunked', 'repr-digest': digestToHeader(sha256Of(BYTES)) })}3\r\nabc\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('keep nothing of a file that was cut off', async () => {
    const digest = digestToHeader(sha256Of(BYTES));
    const start = head('a', { 'content-length': String(BYTES.byteLength), 'repr-digest': digest });
    for (const cut of [0, 1, 70_000, BYTES.byteLength - 1]) {
      await raw(start + BYTES.subarray(0, cut).toString('latin1'), { end: true });
    }
    await eventually(staged, (names) => names.length === 0);
    expect(await listUploads(house.db, job.build)).toEqual([]);
    expect((await backend.request('/healthz')).status).toBe(200);
  });

  it('end with the lease', async () => {
    builder.session.failed(job.build, job.lease.token, failure('compiler-error', 'no'));
    await builder.hears('done');
    const response = await putArtifact(job, 'a', BYTES);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'lease-lost' });
  });
});

describe('results', () => {
  it('are recorded once', async () => {
    await putArtifact(job, 'a.tar.gz', BYTES);
    const result = binaryResult(job, { 'a.tar.gz': BYTES });
    expect(await builder.complete(job, result)).toBe('recorded');
    expect(await builder.complete(job, result)).toBe('already-recorded');
  });

  it.each([
    ['files that were not uploaded', 'upload-error', (now: Job) => binaryResult(now, { 'b.tar.gz': BYTES })],
    ['other bytes', 'upload-error', (now: Job) => binaryResult(now, { 'a.tar.gz': Buffer.from('x') })],
    [
      'the build info of another crate',
      'executor-error',
      (now: Job) =>
        binaryResult({ ...now, checksum: sha256Of(Buffer.from('forged')) }, { 'a.tar.gz': BYTES }),
    ],
  ])('with %s publish nothing', async (_, kind, resultOf) => {
    await putArtifact(job, 'a.tar.gz', BYTES);
    expect(await builder.complete(job, resultOf(job))).toBe('recorded');
    expect(await findBuild(house.db, job.build)).toMatchObject({ outcome: 'error', failure: { kind } });
    const path = `/crates/${job.crate}/${job.version}/${job.target}/a.tar.gz`;
    expect((await backend.request(path)).status).toBe(404);
  });
});
