import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { ProblemError, type ProblemCode } from '@buildsrs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ByteSource, ObjectStore, Staged } from '../object-store.ts';
import { chunked, digestOf, readAll, sampleBytes, store as keep } from './bytes.ts';

/** A place for objects of one run of the suite. */
export interface ContractPlace extends AsyncDisposable {
  /** Opens a store over the place; several at a time stand for several processes. */
  open(): Promise<ObjectStore>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

async function codeOf(work: Promise<unknown>): Promise<ProblemCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (ProblemError.is(error)) return error.code;
    throw error;
  }
}

/** What every store promises, whatever is below it (see `ObjectStore`). */
export function describeStore(name: string, openPlace: () => Promise<ContractPlace>): void {
  // oxlint-disable-next-line vitest/valid-title -- the title is the store's name
  describe(name, () => {
    let place: ContractPlace;
    let store: ObjectStore;
    let other: ObjectStore;

    beforeAll(async () => {
      place = await openPlace();
      store = await place.open();
      other = await place.open();
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.[Symbol.asyncDispose]();
    });

    /** Nothing waits for a commit: what failed left nothing behind. */
    const expectNothingStaged = async () =>
      expect(await store.sweepStaging({ olderThanMs: -60_000 })).toEqual({ removed: 0 });

    test.each([0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 300 * KIB, 20 * MIB + 7])(
      'keeps %i bytes',
      async (size) => {
        const bytes = sampleBytes(size, 'roundtrip');
        const staged = await store.put(chunked(bytes), { maxBytes: size });
        expect(staged).toMatchObject({ sha256: digestOf(bytes), size });
        await store.commit(staged);
        const body = await other.get(staged.sha256);
        expect(body).toMatchObject({ size, range: undefined });
        expect((await readAll(body!.stream)).equals(bytes)).toBe(true);
        expect(await store.head(staged.sha256)).toMatchObject({ sha256: staged.sha256, size });
        await expectNothingStaged();
      },
    );

    test('shows nothing before the commit', async () => {
      const staged = await store.put(chunked(sampleBytes(1000, 'hidden')), { maxBytes: 1000 });
      expect(await store.head(staged.sha256)).toBeUndefined();
      expect(await store.get(staged.sha256)).toBeUndefined();
      expect(await store.get(staged.sha256, { range: { start: 0 } })).toBeUndefined();
      const { items } = await store.list({ limit: 1000 });
      expect(items.map((item) => item.sha256)).not.toContain(staged.sha256);
      await store.discard(staged);
      await expectNothingStaged();
    });

    test('another process commits what this one staged', async () => {
      const staged = await store.put(chunked(sampleBytes(1000, 'handed over')), { maxBytes: 1000 });
      await other.commit(JSON.parse(JSON.stringify(staged)) as Staged);
      expect(await store.head(staged.sha256)).toMatchObject({ size: 1000 });
      await expectNothingStaged();
    });

    test('a commit may be repeated, also at once by several', async () => {
      const bytes = sampleBytes(100 * KIB, 'repeated');
      const staged = await store.put(chunked(bytes), { maxBytes: bytes.byteLength });
      await Promise.all(Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? store : other).commit(staged)));
      await store.commit(staged);
      expect((await readAll((await store.get(staged.sha256))!.stream)).equals(bytes)).toBe(true);
      await expectNothingStaged();
    });

    test('readers see nothing or everything while the same object is committed again and again', async () => {
      const bytes = sampleBytes(700 * KIB, 'raced');
      const digest = digestOf(bytes);
      let over = false;
      const reader = async (): Promise<void> => {
        for (;;) {
          if (over) return;
          const body = await other.get(digest);
          expect(body === undefined || (await readAll(body.stream)).equals(bytes)).toBe(true);
          // What comes from memory alone would let nothing else have a turn.
          await setImmediate();
        }
      };
      const readers = Array.from({ length: 50 }, reader);
      try {
        await Promise.all(Array.from({ length: 6 }, () => keep(store, bytes)));
      } finally {
        over = true;
        await Promise.all(readers);
      }
      expect((await readAll((await other.get(digest))!.stream)).equals(bytes)).toBe(true);
      await expectNothingStaged();
    });

    test('what was discarded cannot be committed, and discarding takes nothing visible away', async () => {
      const staged = await store.put(chunked(sampleBytes(1000, 'discarded')), { maxBytes: 1000 });
      await other.discard(staged);
      await store.discard(staged);
      expect(await codeOf(store.commit(staged))).toBe('unavailable');
      const kept = await keep(store, sampleBytes(1000, 'not discarded'));
      await store.discard(kept);
      expect(await store.head(kept.sha256)).toMatchObject({ size: 1000 });
      expect(await codeOf(store.commit({ ...staged, staging: '../../objects' }))).toBe('unavailable');
    });

    test('stops reading at the first byte too many', async () => {
      let given = 0;
      async function* endless(): ByteSource & AsyncGenerator<Uint8Array> {
        for (;;) {
          given += 64 * KIB;
          yield new Uint8Array(64 * KIB);
        }
      }
      expect(await codeOf(store.put(endless(), { maxBytes: 100 * KIB }))).toBe('too-large');
      expect(given).toBe(128 * KIB);
      const announced = { maxBytes: 10, expect: { size: 11 } };
      expect(await codeOf(store.put(chunked(sampleBytes(11, 'announced')), announced))).toBe('too-large');
      await expectNothingStaged();
    });

    test('refuses what is not what was announced', async () => {
      const bytes = sampleBytes(10 * KIB, 'announced');
      const right = { sha256: digestOf(bytes), size: bytes.byteLength };
      const flipped = Buffer.from(bytes);
      flipped[5000] = flipped[5000]! ^ 1;
      const put = (given: Uint8Array, announced: Partial<typeof right>) =>
        store.put(chunked(given, 1000), { maxBytes: 20 * KIB, expect: announced });
      expect(await codeOf(put(flipped, right))).toBe('digest-mismatch');
      expect(await codeOf(put(bytes.subarray(1), right))).toBe('digest-mismatch');
      expect(await codeOf(put(bytes.subarray(0, 0), right))).toBe('digest-mismatch');
      expect(await codeOf(put(Buffer.concat([bytes, bytes]), right))).toBe('digest-mismatch');
      expect(await codeOf(put(bytes, { size: right.size + 1 }))).toBe('digest-mismatch');
      expect(await codeOf(put(flipped, { sha256: right.sha256 }))).toBe('digest-mismatch');
      await expectNothingStaged();
      const staged = await put(bytes, right);
      expect(staged).toMatchObject(right);
      await store.discard(staged);
    });

    test.each([0, 1000, 12 * MIB])('a source that breaks after %i bytes leaves nothing', async (size) => {
      const broken = new Error('The client went away.');
      async function* source(): AsyncGenerator<Uint8Array> {
        yield* chunked(sampleBytes(size, 'broken'));
        throw broken;
      }
      await expect(store.put(source(), { maxBytes: 100 * MIB })).rejects.toBe(broken);
      await expectNothingStaged();
    });

    test('gives the part of an object that a range means', async () => {
      const size = 700 * KIB;
      const bytes = sampleBytes(size, 'ranges');
      const { sha256 } = await keep(store, bytes);
      const edges = [
        [0, 0],
        [0, size - 1],
        [size - 1, size - 1],
        [size - 1, size + 50],
        [5, undefined],
      ] as const;
      const random = Array.from({ length: 60 }, (_, at) => {
        const [a, b] = [0, 4].map((offset) => sampleBytes(8, `range ${at}`).readUInt32LE(offset) % size);
        return [Math.min(a!, b!), Math.max(a!, b!)] as const;
      });
      for (const [start, end] of [...edges, ...random]) {
        const body = await store.get(sha256, { range: { start, end } });
        const last = Math.min(end ?? size - 1, size - 1);
        expect(body).toMatchObject({ size, range: { start, end: last } });
        expect((await readAll(body!.stream)).equals(bytes.subarray(start, last + 1))).toBe(true);
      }
      for (const [start, end] of [
        [size, undefined],
        [9, 8],
        [-1, 5],
        [0.5, 3],
      ] as const)
        expect(await codeOf(store.get(sha256, { range: { start, end } }))).toBe('range-not-satisfiable');
      const empty = await keep(store, Buffer.alloc(0));
      expect(await codeOf(store.get(empty.sha256, { range: { start: 0 } }))).toBe('range-not-satisfiable');
    });

    test('a reader may stop in the middle, or before the start', async () => {
      const bytes = sampleBytes(3 * MIB, 'stopped');
      const { sha256 } = await keep(store, bytes);
      await (await store.get(sha256))!.stream.cancel();
      const reader = (await store.get(sha256))!.stream.getReader();
      expect((await reader.read()).value?.byteLength).toBeGreaterThan(0);
      await reader.cancel();
      expect((await readAll((await store.get(sha256))!.stream)).equals(bytes)).toBe(true);
    });

    test('deletes', async () => {
      const bytes = sampleBytes(1000, 'deleted');
      const { sha256 } = await keep(store, bytes);
      expect((await readAll((await store.get(sha256))!.stream)).equals(bytes)).toBe(true);
      expect(await store.delete(sha256)).toBe(true);
      expect(await store.delete(sha256)).toBe(false);
      expect(await store.get(sha256)).toBeUndefined();
      expect(await store.head(sha256)).toBeUndefined();
      await keep(store, bytes);
      expect((await readAll((await store.get(sha256))!.stream)).equals(bytes)).toBe(true);
    });

    test('lists page by page in the order of the digests', async () => {
      const all = Array.from({ length: 23 }, (_, at) => sampleBytes(10 + at, `listed ${at}`));
      for (const bytes of all) await keep(store, bytes);
      const found = new Map<string, number>();
      let after: Staged['sha256'] | undefined;
      do {
        const page = await other.list({ after, limit: 5 });
        expect(page.items.length).toBeLessThanOrEqual(5);
        for (const item of page.items) found.set(item.sha256, item.size);
        after = page.next;
      } while (after !== undefined);
      expect([...found.keys()]).toEqual([...found.keys()].toSorted());
      for (const bytes of all) expect(found.get(digestOf(bytes))).toBe(bytes.byteLength);
      const whole = await store.list({ limit: found.size });
      expect(whole).toMatchObject({ next: undefined });
      expect(whole.items).toHaveLength(found.size);
    });

    test('sweeps what was left behind, and neither objects nor a running upload', async () => {
      const kept = await keep(store, sampleBytes(1000, 'kept'));
      const left = await store.put(chunked(sampleBytes(1000, 'left')), { maxBytes: 1000 });
      const middle = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const bytes = sampleBytes(20 * MIB, 'running');
      async function* slow(): AsyncGenerator<Uint8Array> {
        yield* chunked(bytes.subarray(0, 18 * MIB));
        middle.resolve();
        await go.promise;
        yield* chunked(bytes.subarray(18 * MIB));
      }
      const running = store.put(slow(), { maxBytes: bytes.byteLength });
      await middle.promise;
      expect(await store.sweepStaging({ olderThanMs: 3_600_000 })).toEqual({ removed: 0 });
      expect(await store.sweepStaging({ olderThanMs: -60_000 })).toEqual({ removed: 1 });
      expect(await codeOf(store.commit(left))).toBe('unavailable');
      go.resolve();
      const staged = await running;
      await store.commit(staged);
      expect((await readAll((await store.get(staged.sha256))!.stream)).equals(bytes)).toBe(true);
      expect(await store.head(kept.sha256)).toMatchObject({ size: 1000 });
    });

    test('gives a file where it says it does', async () => {
      const bytes = sampleBytes(1000, 'a file');
      const { sha256 } = await keep(store, bytes);
      expect(store.pathOf !== undefined).toBe(store.capabilities.paths);
      if (store.pathOf === undefined) return;
      expect((await readFile(store.pathOf(sha256))).equals(bytes)).toBe(true);
      expect((await stat(store.pathOf(sha256))).mode & 0o777).toBe(0o444);
      expect(() => store.pathOf!('../../etc/passwd' as Staged['sha256'])).toThrow('64 lower-case');
    });

    test('gives a URL where it says it does', async () => {
      const bytes = sampleBytes(50 * KIB, 'a url');
      const { sha256 } = await keep(store, bytes);
      expect(store.presign !== undefined).toBe(store.capabilities.presign);
      const url = await store.presign?.(sha256, {
        fileName: 'ripgrep-14.1.0.tar.gz',
        mediaType: 'application/gzip',
        expiresInMs: 60_000,
      });
      if (url === undefined) return;
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/gzip');
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="ripgrep-14.1.0.tar.gz"');
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      const other = await keep(store, sampleBytes(10, 'another'));
      const tampered = await fetch(url.replace(sha256.slice(2), other.sha256.slice(2)));
      await tampered.body?.cancel();
      expect(tampered.status).toBe(403);
    });
  });
}
