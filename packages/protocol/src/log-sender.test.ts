import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOG_WINDOW_BYTES, MAX_LOG_CHUNK_BYTES } from './limits.ts';
import { LogSender } from './log-sender.ts';
import { fuzzRuns, settle } from './testing/index.ts';

/** The backend's end: keeps what it is sent, refuses gaps, answers when told to. */
class Store {
  bytes = Buffer.alloc(0);
  chunks: number[] = [];
  readonly send = (offset: number, bytes: Uint8Array): void => {
    if (offset > this.bytes.length) throw new Error(`gap at ${offset}`);
    if (bytes.length > MAX_LOG_CHUNK_BYTES || bytes.length === 0) throw new Error('chunk size');
    this.chunks.push(bytes.length);
    this.bytes = Buffer.concat([this.bytes, bytes.subarray(this.bytes.length - offset)]);
  };
}

describe('a log on its way', () => {
  test('the first line goes at once; what comes while it is under way goes together', async () => {
    const store = new Store();
    const log = new LogSender(1_000_000);
    log.connect(0, store.send);
    await log.write(Buffer.from('one\n'));
    await log.write(Buffer.from('two\n'));
    await log.write(Buffer.from('three\n'));
    expect(store.bytes.toString()).toBe('one\n');
    log.stored(4);
    expect(store.bytes.toString()).toBe('one\ntwo\nthree\n');
    expect(store.chunks).toEqual([4, 10]);
  });

  test('flush sends the rest without waiting for an answer', async () => {
    const store = new Store();
    const log = new LogSender(1_000_000);
    log.connect(0, store.send);
    await log.write(Buffer.from('a'));
    await log.write(Buffer.from('b'));
    log.flush();
    expect(store.bytes.toString()).toBe('ab');
  });

  test('a writer waits at a full window, with and without a connection, and goes on when bytes are stored', async () => {
    const store = new Store();
    const log = new LogSender(10 * LOG_WINDOW_BYTES);
    let waiting = true;
    const write = log.write(Buffer.alloc(LOG_WINDOW_BYTES + 10)).then(() => {
      waiting = false;
    });
    await settle();
    expect(waiting).toBe(true);
    log.connect(0, store.send);
    expect(store.bytes.length).toBe(LOG_WINDOW_BYTES);
    log.stored(LOG_WINDOW_BYTES);
    await write;
    expect(store.bytes.length).toBe(LOG_WINDOW_BYTES + 10);
  });

  test('a log beyond its limit is cut, says so, and stays within', async () => {
    const store = new Store();
    const log = new LogSender(200);
    log.connect(0, store.send);
    await log.write(Buffer.alloc(150, 'x'));
    await log.write(Buffer.alloc(150, 'y'));
    await log.write(Buffer.alloc(150, 'z'));
    log.stored(150);
    expect(store.bytes.length).toBe(200);
    expect(store.bytes.toString()).toMatch(/^x{150}y+\n\[the log is cut here, at 200 bytes\]\n$/);
  });

  test('an offset that cannot be continued is refused', async () => {
    const log = new LogSender(1_000);
    log.connect(0, () => undefined);
    await log.write(Buffer.alloc(10));
    log.stored(5);
    log.disconnect();
    expect(log.connect(4, () => undefined)).toBe(false);
    expect(log.connect(11, () => undefined)).toBe(false);
    expect(log.connect(7, () => undefined)).toBe(true);
  });

  test('abandoned, it lets its writer go', async () => {
    const log = new LogSender(10 * LOG_WINDOW_BYTES);
    const write = log.write(Buffer.alloc(2 * LOG_WINDOW_BYTES));
    log.abandon();
    await write;
    await log.write(Buffer.alloc(2 * LOG_WINDOW_BYTES));
    expect(log.length).toBe(2 * LOG_WINDOW_BYTES);
  });
});

test('whatever is written, lost and answered in whatever order, the stored log is what was written', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), size: fc.integer({ min: 1, max: 50_000 }) }),
    fc.record({ do: fc.constant('answer' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ do: fc.constant('break' as const), lost: fc.nat(3) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = new Store();
      const log = new LogSender(100_000_000);
      log.connect(0, store.send);
      let written = Buffer.alloc(0);
      let answered = 0;
      for (const [index, current] of steps.entries()) {
        if (current.do === 'write') {
          const bytes = Buffer.alloc(current.size, String.fromCharCode(97 + (index % 26)));
          written = Buffer.concat([written, bytes]);
          void log.write(bytes);
        } else if (current.do === 'answer') {
          answered = Math.max(answered, Math.round(store.bytes.length * current.part));
          log.stored(answered);
        } else {
          log.disconnect();
          // The last chunks never reached the backend.
          const gone = store.chunks.slice(store.chunks.length - current.lost).reduce((a, b) => a + b, 0);
          store.bytes = store.bytes.subarray(0, Math.max(answered, store.bytes.length - gone));
          if (!log.connect(store.bytes.length, store.send)) throw new Error('could not go on');
          answered = Math.max(answered, store.bytes.length);
        }
        expect(store.bytes.length - answered).toBeLessThanOrEqual(LOG_WINDOW_BYTES);
      }
      const drained = log.drained();
      while (store.bytes.length < written.length) log.stored(store.bytes.length);
      log.stored(store.bytes.length);
      await drained;
      expect(store.bytes.equals(written)).toBe(true);
    }),
    fuzzRuns(100),
  );
});
