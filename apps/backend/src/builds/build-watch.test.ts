import type { BuildId } from '@buildsrs/common';
import { describe, expect, it } from 'vitest';
import { Signals } from '../background/signals.ts';
import { eventually } from '../testing/eventually.ts';
import { BuildWatches } from './build-watch.ts';

const BUILD = '00000000-0000-4000-8000-000000000001' as BuildId;

describe('BuildWatches', () => {
  it('reads a build once for all who watch it, and again at a signal', async () => {
    const signals = new Signals();
    let reads = 0;
    const watches = new BuildWatches(async () => ++reads, signals);
    const stop = new AbortController();
    const seen: number[][] = [];
    const viewers = Array.from({ length: 50 }, async (_, index) => {
      const own: number[] = [];
      seen[index] = own;
      for await (const state of watches.states(BUILD, stop.signal)) {
        own.push(state);
        if (state >= 2) return;
      }
    });
    await eventually(
      () => seen.filter((own) => own.length > 0).length,
      (count) => count === 50,
    );
    expect(reads).toBe(1);
    signals.buildChanged(BUILD);
    await Promise.all(viewers);
    expect(seen.every((own) => own.at(-1) === reads)).toBe(true);
    expect(watches.size).toBe(0);
  });

  it('looks by itself when a signal is lost, and lets go when told to', async () => {
    let reads = 0;
    const watches = new BuildWatches(async () => ++reads, new Signals());
    const stop = new AbortController();
    const states = watches.states(BUILD, stop.signal);
    await states.next();
    expect((await states.next()).value).toBe(2);
    const waiting = states.next();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(watches.size).toBe(0);
  });

  it('passes on that a build cannot be read', async () => {
    const watches = new BuildWatches<never>(() => Promise.reject(new Error('away')), new Signals());
    await expect(watches.states(BUILD, new AbortController().signal).next()).rejects.toThrow('away');
    expect(watches.size).toBe(0);
  });
});
