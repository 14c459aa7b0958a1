import { SentenceError } from '@buildsrs/common';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { backOffMs, MAX_BACK_OFF_MS, syncLoop } from './sync-loop.ts';
import { emptySummary, type SyncSummary } from './sync-summary.ts';

const away = (): SentenceError =>
  new SentenceError('registry-unreachable', 'The registry x cannot be reached.');

/** Runs the loop over scripted synchronisations and gives its pauses; it stops when they are used up. */
async function loop(...steps: readonly (() => SyncSummary)[]) {
  const controller = new AbortController();
  const pauses: number[] = [];
  const lines: string[] = [];
  let ready = 0;
  let at = 0;
  await syncLoop({
    sync: async () => {
      const step = steps[at] as () => SyncSummary;
      at += 1;
      return step();
    },
    intervalMs: 77,
    log: pino({ level: 'info' }, { write: (line) => lines.push(line) }),
    signal: controller.signal,
    onReady: () => {
      ready += 1;
    },
    pause: async (ms) => {
      pauses.push(ms);
      if (at === steps.length) controller.abort();
    },
  });
  return { pauses, ready, log: lines.join('') };
}
const fails = (error: Error) => (): never => {
  throw error;
};
const works =
  (changes: Partial<SyncSummary> = {}) =>
  (): SyncSummary => ({ ...emptySummary('x'), ...changes });

describe('the loop', () => {
  test('waits the interval after success and longer and longer after failures', async () => {
    const { pauses, ready, log } = await loop(
      works(),
      fails(away()),
      fails(away()),
      fails(new Error('other')),
      works(),
      fails(away()),
    );
    expect(pauses[0]).toBe(77);
    expect(pauses[1]).toBeGreaterThanOrEqual(2_500);
    expect(pauses[2]).toBeGreaterThanOrEqual(5_000);
    expect(pauses[3]).toBeGreaterThanOrEqual(10_000);
    expect(pauses[4]).toBe(77);
    expect(pauses[5]).toBeLessThanOrEqual(5_000);
    expect(ready).toBe(1);
    expect(log).toContain('The registry x cannot be reached.');
  });

  test('logs what was refused and what is not there, and goes on', async () => {
    const { log, pauses } = await loop(
      works({ absent: [{ name: 'no-such', nearest: ['some-such', 'any-such'] }] }),
      works(),
    );
    expect(log).toContain('There is no crate named no-such in x. Did you mean some-such or any-such?');
    expect(pauses).toEqual([77, 77]);
  });

  test('ends when it was told wrongly', async () => {
    await expect(
      loop(fails(new SentenceError('cannot-enumerate', 'x', { exitCode: 2 }))),
    ).rejects.toMatchObject({ code: 'cannot-enumerate' });
  });
});

test('the back-off doubles from 5 s and never passes 15 minutes', () => {
  expect([1, 2, 3, 4].map((failures) => backOffMs(failures, 1))).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect(backOffMs(1_000, 1)).toBe(MAX_BACK_OFF_MS);
  expect(backOffMs(1_000, 0)).toBe(MAX_BACK_OFF_MS / 2);
});
