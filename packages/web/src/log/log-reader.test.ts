import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { LogLine } from './log-line.ts';
import { createLogReader } from './log-reader.ts';

const plain = (line: LogLine): string => line.map((span) => span.text).join('');

test('however the bytes are cut, lines, styles and offsets are the same', () => {
  const bytes = Buffer.from('\u001b[31mé€😀\nsecond\r\n\n 1/2\r 2/2\nlast');
  const whole = createLogReader();
  const expected = whole.push(bytes);
  expect(expected.map(plain)).toEqual(['é€😀', 'second', '', ' 2/2']);
  expect(expected[1]?.[0]?.classes).toBe('fg1');
  assert(
    property(array(integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 30 }), (cuts) => {
      const reader = createLogReader();
      const lines: LogLine[] = [];
      let at = 0;
      for (let index = 0; at < bytes.length; index += 1) {
        const end = at + (cuts[index % cuts.length] as number);
        lines.push(...reader.push(bytes.subarray(at, end)));
        at = end;
      }
      expect(lines).toEqual(expected);
      expect(reader.consumed()).toBe(bytes.length - 'last'.length);
      expect(plain(reader.tail() ?? [])).toBe('last');
    }),
  );
});

test('bytes that are not UTF-8 are shown as such', () => {
  expect(
    createLogReader()
      .push(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]))
      .map(plain),
  ).toEqual(['a\ufffd\ufffdb']);
});

test('a line without end keeps a bounded memory, and its bytes are counted', () => {
  const reader = createLogReader();
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  for (let index = 0; index < 32; index += 1) expect(reader.push(chunk)).toEqual([]);
  const [line] = reader.push(Buffer.from('\nnext'));
  expect(plain(line ?? []).length).toBeLessThan(8_100);
  expect(reader.consumed()).toBe(32 * 1024 * 1024 + 1);
});

test('of an endless progress bar the last state stands', () => {
  const reader = createLogReader();
  for (let index = 0; index < 3_000; index += 1)
    reader.push(Buffer.from(`${'='.repeat(60)} ${index}/3000\r`));
  expect(plain(reader.tail() ?? [])).toBe(`${'='.repeat(60)} 2999/3000`);
});

test('a reader without bytes has no tail', () => {
  const reader = createLogReader();
  expect(reader.tail()).toBeUndefined();
  reader.push(Buffer.from('a\n'));
  expect(reader.tail()).toBeUndefined();
});
