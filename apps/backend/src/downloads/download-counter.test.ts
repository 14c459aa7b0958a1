import { describe, expect, it } from 'vitest';
import { DownloadCounter, type DownloadCount } from './download-counter.ts';

describe('DownloadCounter', () => {
  it('folds what it counts and writes it once', async () => {
    const written: DownloadCount[][] = [];
    const counter = new DownloadCounter(
      async (counts) => void written.push([...counts]),
      () => '2026-01-02',
    );
    await counter.flush();
    counter.add(1);
    counter.add(2);
    counter.add(1);
    await counter.flush();
    await counter.flush();
    expect(written).toEqual([
      [
        { artifactId: 1, day: '2026-01-02', count: 2 },
        { artifactId: 2, day: '2026-01-02', count: 1 },
      ],
    ]);
  });

  it.each([
    ['is refused', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 2],
    ['gives an error', Object.assign(new Error('x'), { code: '57P01' }), 2],
    // It may have been written before the connection broke: losing one is better than counting it twice.
    ['breaks', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 1],
  ])('is right when the database %s', async (_, error, expected) => {
    let total = 0;
    let fails = true;
    const counter = new DownloadCounter(async (counts) => {
      if (fails) throw error;
      total += counts.reduce((sum, entry) => sum + entry.count, 0);
    });
    counter.add(1);
    await expect(counter.flush()).rejects.toBe(error);
    fails = false;
    counter.add(1);
    await counter.flush();
    expect(total).toBe(expected);
  });

  it('counts what comes while it writes', async () => {
    const gate = Promise.withResolvers<void>();
    let total = 0;
    const counter = new DownloadCounter(async (counts) => {
      await gate.promise;
      total += counts.reduce((sum, entry) => sum + entry.count, 0);
    });
    counter.add(1);
    const first = counter.flush();
    counter.add(1);
    const second = counter.flush();
    gate.resolve();
    await Promise.all([first, second]);
    expect(total).toBe(2);
  });
});
