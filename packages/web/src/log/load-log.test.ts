import type { BuildId } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { createFakeClient } from '../testing/fake-client.ts';
import { loadLog } from './load-log.ts';

const BUILD = '0b0e6f0a-2c7e-4c53-9d3b-6d1f3a1b7a11' as BuildId;
const { signal } = new AbortController();
const clientOf = (log: Buffer) =>
  createFakeClient({
    readLog: async (_, { start = 0, end } = {}) => ({
      bytes: log.subarray(start, end),
      offset: start,
      size: log.length,
    }),
  });
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n');

test('a small log is there as a whole, its unfinished line too, which a live view begins with again', async () => {
  const log = Buffer.from('one\ntwo\nthr');
  const loaded = await loadLog(clientOf(log), BUILD, log.length, signal);
  expect(loaded.head.map(([span]) => span?.text)).toEqual(['one', 'two', 'thr']);
  expect(loaded).toMatchObject({ leftOut: 0, tail: [], offset: 8, nextLine: 3 });
});

test('of a large log there are both ends, whole lines, and how much is between them', async () => {
  const log = Buffer.from(numbered(300_000));
  const { head, tail, leftOut } = await loadLog(clientOf(log), BUILD, log.length, signal);
  expect(head[0]?.[0]?.text).toBe('line 1');
  expect(tail.at(-1)?.[0]?.text).toBe('line 300000');
  const lastOfHead = Number(head.at(-1)?.[0]?.text.slice(5));
  const firstOfTail = Number(tail[0]?.[0]?.text.slice(5));
  expect(head).toHaveLength(lastOfHead);
  expect(tail).toHaveLength(300_000 - firstOfTail + 1);
  const between = numbered(firstOfTail - 1).length - numbered(lastOfHead).length;
  expect(leftOut).toBe(between);
});

test('a large log of one line is shown by its ends as well', async () => {
  const log = Buffer.alloc(3 * 1024 * 1024, 'x');
  const { head, tail } = await loadLog(clientOf(log), BUILD, log.length, signal);
  expect(head).toHaveLength(0);
  expect(tail).toHaveLength(1);
});
