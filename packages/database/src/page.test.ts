import * as v from 'valibot';
import { expect, it } from 'vitest';
import { decodeCursor, pageOfRows } from './page.ts';

const Key = v.strictTuple([v.number()]);

it('gives a cursor only when there is a next page, and reads it back', () => {
  const page = pageOfRows([1, 2, 3], 2, (row) => [row]);
  expect(page.items).toEqual([1, 2]);
  expect(decodeCursor(Key, page.next ?? undefined)).toEqual([2]);
  expect(pageOfRows([1, 2], 2, (row) => [row]).next).toBeNull();
  expect(decodeCursor(Key, undefined)).toBeUndefined();
});

it.each(['', 'x', Buffer.from('["a"]').toString('base64url'), Buffer.from('[1,2]').toString('base64url')])(
  'refuses a cursor of another list: %j',
  (cursor) => {
    expect(() => decodeCursor(Key, cursor)).toThrow('not one of this list');
  },
);
