import { createHash } from 'node:crypto';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from './object-store.ts';
import { openStore } from './open-store.ts';
import { chunked, digestOf, readAll, sampleBytes, store as keep } from './testing/bytes.ts';
import { type Fault, type FaultProxy, type ProxiedRequest, startFaultProxy } from './testing/fault-proxy.ts';
import { startVersitygw, type Versitygw, versitygwMissing } from './testing/versitygw.ts';

const MIB = 1024 * 1024;
const missing = versitygwMissing();

/** The n-th try of one call gets a fault, or not, whatever runs beside it; never more than five in a row. */
function weather(): (request: ProxiedRequest) => Fault | undefined {
  const tries = new Map<string, number>();
  return ({ method, url }) => {
    const call = `${method} ${url}`;
    const turn = tries.get(call) ?? 0;
    tries.set(call, turn + 1);
    if (turn % 6 === 5) return undefined;
    const dice = createHash('sha256').update(`${call} ${turn}`).digest().readUInt32LE() % 100;
    if (dice < 20) return { kind: 'answer', status: 500, code: 'InternalError' };
    if (dice < 25) return { kind: 'answer', status: 503, code: 'SlowDown' };
    if (dice < 27) return { kind: 'reset' };
    return dice < 30 ? { kind: 'lost-answer' } : undefined;
  };
}

/** So that the fault hits the first `times` requests it fits. */
function first(times: number, fits: (request: ProxiedRequest) => boolean, fault: Fault) {
  let left = times;
  return (request: ProxiedRequest): Fault | undefined => {
    if (left === 0 || !fits(request)) return undefined;
    left -= 1;
    return fault;
  };
}

async function flipBit(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 500);
  byte[0] = byte[0]! ^ 0x10;
  await file.write(byte, 0, 1, 500);
  await file.close();
}

if (missing === undefined) {
  describe('an S3 server that fails', () => {
    let server: Versitygw;
    let proxy: FaultProxy;
    let store: ObjectStore;

    beforeAll(async () => {
      server = await startVersitygw();
      proxy = await startFaultProxy(server.endpoint);
      const url = server.storageUrl().replace(encodeURIComponent(server.endpoint), proxy.url);
      store = await openStore(url, { credentials: server.credentials });
    });
    beforeEach(() => {
      proxy.plan = {};
    });
    afterAll(async () => {
      await store?.close();
      await proxy?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    });

    const unavailable = { name: 'ProblemError', code: 'unavailable' };
    const isPut = ({ method, url }: ProxiedRequest) => method === 'PUT' && url.includes('/staging/');
    const stagedFile = ({ url }: ProxiedRequest) =>
      join(server.folder, new URL(url, 'http://localhost').pathname);

    test('loses nothing while a third of all calls fail', async () => {
      const all = Array.from({ length: 40 }, (_, at) =>
        sampleBytes(at % 10 === 0 ? 17 * MIB + at : 1000 * at + 1, `weather ${at}`),
      );
      const before = proxy.requests.length;
      proxy.plan = { faultFor: weather() };
      const waiting = all.values();
      const worker = async () => {
        for (const bytes of waiting) await keep(store, bytes);
      };
      await Promise.all(Array.from({ length: 4 }, worker));
      for (const bytes of all) {
        const body = await store.get(digestOf(bytes));
        expect((await readAll(body!.stream)).equals(bytes)).toBe(true);
      }
      expect(proxy.requests.length).toBeGreaterThan(before + 200);
      proxy.plan = {};
      // A multipart upload whose beginning got no answer is nobody's; the sweep finds it.
      await store.sweepStaging({ olderThanMs: -60_000 });
      expect(await store.sweepStaging({ olderThanMs: -60_000 })).toEqual({ removed: 0 });
    }, 300_000);

    test.each([
      ['one bit flipped', flipBit],
      ['its end cut off', (path: string) => truncate(path, 900)],
    ])('does not publish what was stored with %s', async (_, damage) => {
      const bytes = sampleBytes(1000, 'damaged');
      proxy.plan = {
        onAnswered: async (request, status) => {
          if (isPut(request) && status === 200) await damage(stagedFile(request));
        },
      };
      await expect(store.put(chunked(bytes), { maxBytes: 1000 })).rejects.toMatchObject(unavailable);
      proxy.plan = {};
      expect(await store.head(digestOf(bytes))).toBeUndefined();
      expect(await store.sweepStaging({ olderThanMs: -60_000 })).toEqual({ removed: 0 });
    });

    test('waits until what was acknowledged is seen', async () => {
      const fault: Fault = { kind: 'answer', status: 404, code: 'NoSuchKey' };
      proxy.plan = { faultFor: first(3, (request) => request.method === 'HEAD', fault) };
      const staged = await keep(store, sampleBytes(1000, 'seen late'));
      expect(await store.head(staged.sha256)).toMatchObject({ size: 1000 });
    });

    test('an upload whose completion got no answer is complete', async () => {
      const isCompletion = ({ method, url }: ProxiedRequest) =>
        method === 'POST' && url.includes('uploadId=');
      proxy.plan = { faultFor: first(1, isCompletion, { kind: 'lost-answer' }) };
      const bytes = sampleBytes(17 * MIB, 'no answer');
      const { sha256 } = await keep(store, bytes);
      expect((await readAll((await store.get(sha256))!.stream)).equals(bytes)).toBe(true);
    });

    test('takes a broken download up where it broke', async () => {
      const bytes = sampleBytes(3 * MIB, 'broken download');
      const { sha256 } = await keep(store, bytes);
      const isGet = ({ method, url }: ProxiedRequest) => method === 'GET' && url.includes('/objects/');
      proxy.plan = { faultFor: first(4, isGet, { kind: 'truncate', afterBytes: 500_000 }) };
      const range = { start: 1000, end: 3 * MIB - 5 };
      const body = await store.get(sha256, { range });
      expect((await readAll(body!.stream)).equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
      proxy.plan = {
        faultFor: (request) => (isGet(request) ? { kind: 'truncate', afterBytes: 0 } : undefined),
      };
      await expect(readAll((await store.get(sha256))!.stream)).rejects.toMatchObject(unavailable);
    });

    test('says when it is full', async () => {
      const fault: Fault = { kind: 'answer', status: 507, code: 'XMinioStorageFull' };
      proxy.plan = { faultFor: (request) => (isPut(request) ? fault : undefined) };
      await expect(store.put(chunked(sampleBytes(10, 'full')), { maxBytes: 10 })).rejects.toMatchObject({
        code: 'storage-full',
      });
    });

    test('says when it does not answer', async () => {
      const { sha256 } = await keep(store, sampleBytes(10, 'gone'));
      proxy.plan = { faultFor: () => ({ kind: 'reset' }) };
      await expect(store.get(sha256)).rejects.toMatchObject(unavailable);
      await expect(store.list({ limit: 5 })).rejects.toMatchObject(unavailable);
    });
  });
} else {
  // oxlint-disable-next-line vitest/expect-expect -- says why there is nothing to expect
  test('an S3 server that fails', (ctx) => ctx.skip(missing));
}
