import { expect, test } from 'vitest';
import { median, table } from './table.ts';

test('a table lines up', () => {
  expect(
    table(
      ['what', 'ms'],
      [
        ['a long name', '1'],
        ['b', '1000'],
      ],
    ),
  ).toBe(['what           ms', 'a long name     1', 'b            1000'].join('\n'));
});

test('the median is the middle', () => {
  expect(median([3, 1, 1000])).toBe(3);
  expect(median([4, 1])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});
