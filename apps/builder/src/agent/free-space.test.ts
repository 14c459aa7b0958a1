import { tmpdir } from 'node:os';
import { FakeClock, settle } from '@buildsrs/protocol/testing';
import { expect, test } from 'vitest';
import { shortageOf, spaceOf, SpaceWatch } from './free-space.ts';

const GIB = 1024 ** 3;

test('a share or an amount must be free', () => {
  const disk = (freeGib: number) => ({ freeBytes: freeGib * GIB, totalBytes: 100 * GIB });
  expect(shortageOf(disk(15), { percent: 15 })).toBeUndefined();
  expect(shortageOf(disk(14.9), { percent: 15 })).toBe(
    'only 14.9 GiB (14 %) of its disk are free; 15.0 GiB must be',
  );
  expect(shortageOf(disk(14.9), { percent: 15, mostBytes: 10 * GIB })).toBeUndefined();
  expect(shortageOf(disk(9), { percent: 15, mostBytes: 10 * GIB })).toContain('10.0 GiB must be');
  expect(shortageOf(disk(20), { bytes: 20 * GIB })).toBeUndefined();
  expect(shortageOf(disk(1.5), { bytes: 20 * GIB })).toContain('only 1.5 GiB (1 %)');
  expect(shortageOf({ freeBytes: 0, totalBytes: 0 }, { percent: 0 })).toBeUndefined();
});

test('a real file system is looked at', async () => {
  const { freeBytes, totalBytes } = await spaceOf(tmpdir());
  expect(totalBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
});

test('tells of every change once, also when the disk cannot be looked at, until it is stopped', async () => {
  const clock = new FakeClock();
  const told: (string | undefined)[] = [];
  let freeBytes = 50;
  const watch = new SpaceWatch({
    look: async () => {
      if (freeBytes < 0) throw Object.assign(new Error('gone'), { code: 'EIO' });
      return { freeBytes, totalBytes: 100 };
    },
    minimum: { percent: 15 },
    clock,
    changed: (shortage) => told.push(shortage),
  });
  await watch.start();
  for (const next of [50, 10, 5, 60, -1, 60]) {
    freeBytes = next;
    clock.advance(10_000);
    await settle();
  }
  expect(told).toEqual([
    expect.stringContaining('(10 %)'),
    undefined,
    'its disk cannot be looked at (EIO)',
    undefined,
  ]);
  watch.stop();
  expect(clock.timers).toBe(0);
});
