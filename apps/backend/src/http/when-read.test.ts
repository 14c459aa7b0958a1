import { describe, expect, it } from 'vitest';
import { whenRead } from './when-read.ts';

const source = (): ReadableStream<Uint8Array> =>
  ReadableStream.from([new Uint8Array([1]), new Uint8Array([2])]) as ReadableStream<Uint8Array>;

describe('whenRead', () => {
  it('calls once, at the end', async () => {
    let calls = 0;
    const bytes = await new Response(whenRead(source(), () => (calls += 1))).bytes();
    expect([...bytes]).toEqual([1, 2]);
    expect(calls).toBe(1);
  });

  it('tells its reader nothing of what broke it', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('password=hunter2')),
    });
    await expect(new Response(whenRead(broken)).bytes()).rejects.toThrow(/^the answer broke off$/);
  });

  it('does not call for a reader that left, and lets go of the source', async () => {
    let calls = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => void (cancelled = true),
    });
    const reader = whenRead(endless, () => (calls += 1)).getReader();
    await reader.read();
    await reader.cancel();
    expect(calls).toBe(0);
    expect(cancelled).toBe(true);
  });
});
