import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandWatch, type StopReason } from './command-watch.ts';
import type { StageCommand } from './driver.ts';

describe('CommandWatch', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function watch(limits: { timeoutMs: number; silenceMs?: number }, abort = new AbortController()) {
    const stops: StopReason[] = [];
    const command = { ...limits, signal: abort.signal } as unknown as StageCommand;
    const made = new CommandWatch(command, (reason) => void stops.push(reason));
    return { watch: made, stops, abort };
  }

  it('stops at the time limit, once', () => {
    const { stops, watch: made } = watch({ timeoutMs: 1_000 });
    vi.advanceTimersByTime(999);
    expect(stops).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(stops).toEqual(['timeout']);
    expect(made.reason).toBe('timeout');
  });

  it('stops after silence, which every output ends', () => {
    const { stops, watch: made } = watch({ timeoutMs: 10_000, silenceMs: 100 });
    for (let count = 0; count < 10; count += 1) {
      vi.advanceTimersByTime(90);
      made.sawOutput();
    }
    expect(stops).toEqual([]);
    vi.advanceTimersByTime(150);
    expect(stops).toEqual(['silence']);
  });

  it('does not blame a command for the silence of a slow reader, but for its own after it', async () => {
    const { stops, watch: made } = watch({ timeoutMs: 10_000, silenceMs: 100 });
    const { promise: read, resolve: finish } = Promise.withResolvers<void>();
    const handing = made.handOver(() => read);
    vi.advanceTimersByTime(1_000);
    finish();
    await handing;
    vi.advanceTimersByTime(90);
    expect(stops).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(stops).toEqual(['silence']);
  });

  it('lets a command that runs nothing of the crate be silent', () => {
    const { stops } = watch({ timeoutMs: 10_000 });
    vi.advanceTimersByTime(9_000);
    expect(stops).toEqual([]);
  });

  it('sees the time limit in the output of a command that prints without end and starves every timer', () => {
    const { stops, watch: made } = watch({ timeoutMs: 1_000 });
    // The clock goes on, but no timer comes to its turn.
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 1_001);
    made.sawOutput();
    clock.mockRestore();
    expect(stops).toEqual(['timeout']);
  });

  it('stops when the build is not wanted any more, also when that was so before it began', () => {
    const { stops, abort } = watch({ timeoutMs: 1_000 });
    abort.abort();
    expect(stops).toEqual(['cancelled']);
    expect(watch({ timeoutMs: 1_000 }, abort).stops).toEqual(['cancelled']);
  });

  it('keeps the first reason', () => {
    const { stops, watch: made } = watch({ timeoutMs: 1_000 });
    made.stop('out-of-memory');
    made.stop('disk-full');
    vi.advanceTimersByTime(2_000);
    expect(stops).toEqual(['out-of-memory']);
  });

  it('says nothing once it is disposed of', () => {
    const { stops, watch: made, abort } = watch({ timeoutMs: 1_000, silenceMs: 10 });
    made[Symbol.dispose]();
    vi.advanceTimersByTime(2_000);
    abort.abort();
    expect(stops).toEqual([]);
  });
});
