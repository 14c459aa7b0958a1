import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withMemoryCache } from './memory-cache.ts';
import type { ObjectStore } from './object-store.ts';
import { openStore } from './open-store.ts';
import { readAll, sampleBytes, store as keep } from './testing/bytes.ts';

let root: string;
let below: ObjectStore;
let reads: number;
/** Holds reads back until it is resolved. */
let gate: Promise<void>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'storage-cache-'));
  const folder = await openStore(root);
  reads = 0;
  gate = Promise.resolve();
  below = {
    ...folder,
    async get(...args) {
      reads += 1;
      const body = await folder.get(...args);
      await gate;
      return body;
    },
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = async (store: ObjectStore, digest: Parameters<ObjectStore['get']>[0]) => {
  const body = await store.get(digest);
  return body && (await readAll(body.stream));
};

test('reads a small object once, also for many who ask at once, and a large one each time', async () => {
  const store = withMemoryCache(below, { maxBytes: 100_000, maxObjectBytes: 1000 });
  const bytes = sampleBytes(1000, 'small');
  const { sha256 } = await keep(store, bytes);
  const all = await Promise.all(Array.from({ length: 20 }, () => read(store, sha256)));
  for (const given of all) expect(given?.equals(bytes)).toBe(true);
  expect(reads).toBe(1);
  const large = await keep(store, sampleBytes(1001, 'large'));
  await read(store, large.sha256);
  await read(store, large.sha256);
  expect(reads).toBe(3);
});

test('makes room for what is asked for now', async () => {
  const store = withMemoryCache(below, { maxBytes: 2500, maxObjectBytes: 1000 });
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((seed) => keep(store, sampleBytes(1000, seed))));
  for (const staged of [a, b, a, c, a]) await read(store, staged!.sha256);
  expect(reads).toBe(3);
  await read(store, b!.sha256);
  expect(reads).toBe(4);
});

test('does not keep bytes that are not what their name says', async () => {
  const store = withMemoryCache(below, { maxBytes: 100_000 });
  const { sha256 } = await keep(store, sampleBytes(1000, 'damaged'));
  await chmod(below.pathOf!(sha256), 0o600);
  await writeFile(below.pathOf!(sha256), sampleBytes(1000, 'other'));
  await expect(store.get(sha256)).rejects.toMatchObject({ code: 'unavailable' });
});

test('does not bring back what is deleted while it is read', async () => {
  const store = withMemoryCache(below, { maxBytes: 100_000 });
  const { sha256 } = await keep(store, sampleBytes(1000, 'deleted'));
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const reading = read(store, sha256);
  await expect.poll(() => reads, { timeout: 30_000 }).toBe(1);
  expect(await store.delete(sha256)).toBe(true);
  resolve();
  await reading;
  expect(await store.get(sha256)).toBeUndefined();
});

test('who changes the bytes he was given changes nobody else’s', async () => {
  const store = withMemoryCache(below, { maxBytes: 100_000 });
  const bytes = sampleBytes(1000, 'mine');
  const { sha256 } = await keep(store, bytes);
  for await (const chunk of (await store.get(sha256))!.stream) chunk.fill(0);
  expect((await read(store, sha256))?.equals(bytes)).toBe(true);
  expect(reads).toBe(1);
});

test('forgets in time what another process deleted', async () => {
  const store = withMemoryCache(below, { maxBytes: 100_000, maxAgeMs: 1 });
  const { sha256 } = await keep(store, sampleBytes(1000, 'elsewhere'));
  await read(store, sha256);
  await below.delete(sha256);
  await expect.poll(() => store.get(sha256), { timeout: 30_000 }).toBeUndefined();
});
