import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { loop } from './loop.ts';

describe('loop', () => {
  it('goes on after a failure, tells of it, and ends with the signal', async () => {
    const stop = new AbortController();
    let log = '';
    let runs = 0;
    const ended = loop({
      name: 'chore',
      everyMs: 1,
      log: pino({}, { write: (line) => (log += line) }),
      signal: stop.signal,
      async run() {
        runs += 1;
        if (runs === 1) throw new Error('boom');
        if (runs === 2) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      },
    });
    await eventually(
      () => runs,
      (count) => count >= 4,
    );
    stop.abort();
    await ended;
    expect(log).toContain('chore failed');
    expect(log).toContain('chore postponed');
  });
});
