import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from './open-store.ts';
import { startVersitygw, versitygwMissing } from './testing/versitygw.ts';

async function sentenceOf(spec: string, credentials?: { accessKeyId: string; secretAccessKey: string }) {
  try {
    await openStore(spec, { credentials });
    return undefined;
  } catch (error) {
    if (!SentenceError.is(error)) throw error;
    return { code: error.code, exitCode: error.exitCode, message: error.message };
  }
}

test.each([
  's3://',
  's3://UPPER',
  's3://bucket/a//b',
  's3://bucket?endpoint=ftp://x',
  's3://bucket?endpont=http://localhost',
  's3://key:secret@bucket',
  'gs://bucket',
])('says how a storage is named instead of %s', async (spec) => {
  expect(await sentenceOf(spec)).toMatchObject({ code: 'bad-storage', exitCode: 2 });
});

test('says that a folder cannot be used', async () => {
  const root = await mkdtemp(join(tmpdir(), 'storage-open-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'file'), '');
  expect(await sentenceOf(join(root, 'file', 'store'))).toMatchObject({
    code: 'storage-unavailable',
    exitCode: 3,
    message: expect.stringContaining('ENOTDIR'),
  });
});

test('says that a bucket is missing, that a key is wrong', async (ctx) => {
  const missing = versitygwMissing();
  if (missing !== undefined) return ctx.skip(missing);
  await using server = await startVersitygw();
  const { credentials } = server;
  const url = server.storageUrl('not-there').replace('&create=true', '');
  expect(await sentenceOf(url, credentials)).toMatchObject({
    code: 'storage-unavailable',
    message: expect.stringContaining('There is no bucket not-there at http://127.0.0.1'),
  });
  expect(await sentenceOf(url, { ...credentials, secretAccessKey: 'wrong' })).toMatchObject({
    code: 'storage-unavailable',
    message: expect.stringContaining('check its endpoint, region and the AWS credentials'),
  });
});
