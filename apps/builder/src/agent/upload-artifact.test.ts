import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseDigest, type ArtifactName } from '@buildsrs/common';
import { testJob } from '@buildsrs/protocol/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestBackend } from '../testing/test-backend.ts';
import { uploadArtifact } from './upload-artifact.ts';

let folder: string;
let backend: TestBackend;
const bytes = Buffer.alloc(3_000_000, 'artifact');
const sha256 = parseDigest(createHash('sha256').update(bytes).digest('hex'));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-upload-'));
  writeFileSync(join(folder, 'file'), bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  backend = await new TestBackend().listen();
});
afterEach(async () => backend[Symbol.asyncDispose]());

const file = () => ({
  name: 'sample-1.0.0.tar.gz' as ArtifactName,
  path: join(folder, 'file'),
  sha256,
  size: bytes.length,
  mediaType: 'application/gzip',
});
const job = () => testJob({ uploadUrl: `${backend.url}/upload` });
const never = new AbortController().signal;

test('puts the file with its length, digest and token', async () => {
  let seen: IncomingMessage | undefined;
  let body: Buffer | undefined;
  backend.onUpload = (request, response) => {
    seen = request;
    void buffer(request).then((received) => {
      body = received;
      response.writeHead(201).end('{}');
    });
  };
  const target = job();
  expect(await uploadArtifact(target, file(), never)).toEqual({
    name: 'sample-1.0.0.tar.gz',
    sha256,
    size: bytes.length,
  });
  expect(body?.equals(bytes)).toBe(true);
  expect(seen).toMatchObject({ method: 'PUT', url: '/upload/sample-1.0.0.tar.gz' });
  expect(seen?.headers).toMatchObject({
    authorization: `Bearer ${target.lease.token}`,
    'content-length': String(bytes.length),
    'content-type': 'application/gzip',
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  });
});

test('tries again after an error of the backend and after a broken connection', async () => {
  let attempts = 0;
  backend.onUpload = (request, response) => {
    attempts += 1;
    if (attempts === 1) response.writeHead(503).end();
    else if (attempts === 2) request.once('data', () => request.destroy());
    else void buffer(request).then(() => response.end('{}'));
  };
  await uploadArtifact(job(), file(), never);
  expect(attempts).toBe(3);
});

test('an early refusal is understood while the body is still under way, and not repeated', async () => {
  let attempts = 0;
  backend.onUpload = (_, response) => {
    attempts += 1;
    response.writeHead(409, { 'content-type': 'application/problem+json', connection: 'close' }).end(
      JSON.stringify({
        type: '/problems/lease-lost',
        title: 'x',
        status: 409,
        code: 'lease-lost',
        detail: 'The lease of this build has ended',
      }),
    );
  };
  await expect(uploadArtifact(job(), file(), never)).rejects.toMatchObject({
    failure: { kind: 'upload-error', message: expect.stringContaining('The lease of this build has ended') },
  });
  expect(attempts).toBe(1);
});

test('too large is a failure of its own', async () => {
  backend.onUpload = (request, response) => void buffer(request).then(() => response.writeHead(413).end());
  await expect(uploadArtifact(job(), file(), never)).rejects.toMatchObject({
    failure: { kind: 'output-too-large' },
  });
});

test('an aborted build stops its upload', async () => {
  const abort = new AbortController();
  backend.onUpload = (request) => {
    request.once('data', () => abort.abort(new Error('the lease has ended')));
  };
  await expect(uploadArtifact(job(), file(), abort.signal)).rejects.toThrow(/abort/i);
});
