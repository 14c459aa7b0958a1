import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { withMemoryCache } from './memory-cache.ts';
import { openStore } from './open-store.ts';
import { describeStore, type ContractPlace } from './testing/contract.ts';
import { startVersitygw, versitygwMissing } from './testing/versitygw.ts';

async function folder(): Promise<ContractPlace> {
  const root = await mkdtemp(join(tmpdir(), 'storage-contract-'));
  return {
    open: () => openStore(join(root, 'store')),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function s3(): Promise<ContractPlace> {
  const server = await startVersitygw();
  return {
    open: () => openStore(server.storageUrl(), { credentials: server.credentials }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function cached(below: () => Promise<ContractPlace>): Promise<ContractPlace> {
  const place = await below();
  return {
    open: async () => withMemoryCache(await place.open(), { maxBytes: 1024 * 1024 }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

describeStore('a folder', folder);
describeStore('a folder behind memory', () => cached(folder));

const missing = versitygwMissing();
if (missing === undefined) {
  describeStore('S3', s3);
  describeStore('S3 behind memory', () => cached(s3));
} else {
  // oxlint-disable-next-line vitest/expect-expect -- says why there is nothing to expect
  test('S3', (ctx) => ctx.skip(missing));
}
