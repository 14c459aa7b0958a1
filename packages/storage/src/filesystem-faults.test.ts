import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProblemError } from '@buildsrs/common';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore, Staged } from './object-store.ts';
import { openStore } from './open-store.ts';
import { chunked, digestOf, readAll, sampleBytes, store as keep } from './testing/bytes.ts';

const MIB = 1024 * 1024;
const CHILD = join(import.meta.dirname, 'testing/put-child.ts');

/** Why a small file system cannot be mounted here. */
function mountMissing(): string | undefined {
  const reason =
    process.platform === 'linux' && process.getuid?.() === 0
      ? undefined
      : 'needs Linux and root, to mount a small disk';
  if (reason !== undefined && process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error(reason);
  return reason;
}

describe('a folder', () => {
  let root: string;
  let store: ObjectStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'storage-faults-'));
    store = await openStore(join(root, 'store'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Starts the child and kills it, as a power cut would, when it has told so many lines. */
  async function killedAfter(lines: number, ...args: string[]): Promise<string[]> {
    const child = spawn(process.execPath, [CHILD, join(root, 'store'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const told: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(line);
      if (told.length >= lines) child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    return told;
  }

  test('a process killed in the middle of a put leaves nothing visible, and what it left is swept', async () => {
    await killedAfter(1, 'middle');
    expect(await store.list({ limit: 10 })).toEqual({ items: [], next: undefined });
    expect(await store.sweepStaging({ olderThanMs: 3_600_000 })).toEqual({ removed: 0 });
    expect(await store.sweepStaging({ olderThanMs: 0 })).toEqual({ removed: 1 });
  });

  test('what a killed process staged is committed by another', async () => {
    const [line = ''] = await killedAfter(1, 'staged');
    const staged = JSON.parse(line) as Staged;
    await store.commit(staged);
    const body = await store.get(staged.sha256);
    expect((await readAll(body!.stream)).equals(sampleBytes(5000, 'staged'))).toBe(true);
  });

  test.each([1, 4, 9])('every object is whole after a kill at the line %i', async (lines) => {
    const told = await killedAfter(lines, 'publish', String(lines));
    const { items } = await store.list({ limit: 1000 });
    expect(items.length).toBeGreaterThanOrEqual(told.length);
    for (const { sha256 } of items)
      expect(digestOf(await readAll((await store.get(sha256))!.stream))).toBe(sha256);
    for (const count of told.keys())
      expect(await store.head(digestOf(sampleBytes(200_000 + count, `${lines}:${count}`)))).toBeDefined();
  });

  test('an object that was cut short is mended by the next commit of the same bytes', async () => {
    const bytes = sampleBytes(5000, 'cut short');
    const { sha256 } = await keep(store, bytes);
    await chmod(store.pathOf!(sha256), 0o600);
    await truncate(store.pathOf!(sha256), 100);
    await keep(store, bytes);
    expect((await readAll((await store.get(sha256))!.stream)).equals(bytes)).toBe(true);
  });

  const missing = mountMissing();
  test('a full disk, and one that became read-only', async (ctx) => {
    if (missing !== undefined) return ctx.skip(missing);
    const disk = await mkdtemp(join(tmpdir(), 'storage-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'storage-test', disk]);
    try {
      const small = await openStore(join(disk, 'store'));
      const all = Array.from({ length: 20 }, (_, at) => sampleBytes(MIB, `disk ${at}`));
      const ends = await Promise.allSettled(all.map((bytes) => keep(small, bytes)));
      const kept = all.filter((_, at) => ends[at]?.status === 'fulfilled');
      const codes = ends.flatMap((end) =>
        end.status === 'rejected' ? [(end.reason as ProblemError).code] : [],
      );
      expect(new Set(codes)).toEqual(new Set(['storage-full']));
      expect(ends.length).toBeGreaterThan(kept.length);
      expect(await small.sweepStaging({ olderThanMs: -60_000 })).toEqual({ removed: 0 });
      for (const bytes of kept)
        expect((await readAll((await small.get(digestOf(bytes)))!.stream)).equals(bytes)).toBe(true);
      // With nothing of the failed ones left, as many fit as the disk has room for, without a restart.
      for (const bytes of kept) await small.delete(digestOf(bytes));
      for (const bytes of all.slice(0, 7)) await keep(small, bytes);

      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await expect(small.put(chunked(all[9]!), { maxBytes: MIB })).rejects.toMatchObject({
        code: 'unavailable',
      });
      expect((await readAll((await small.get(digestOf(all[0]!)))!.stream)).equals(all[0]!)).toBe(true);
      await expect(small.delete(digestOf(all[0]!))).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      execFileSync('umount', ['-l', disk]);
      await rm(disk, { recursive: true });
    }
  });
});
