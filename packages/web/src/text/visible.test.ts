import { expect, test } from 'vitest';
import { label, prose, visible } from './visible.ts';

test.each([
  ['a\u0000b\u001bc\u007fd', 'a␀b␛c␡d'],
  ['\u202egnp.exe', '[U+202E]gnp.exe'],
  ['\u009b31m', '\ufffd31m'],
  ['\ud800x', '\ufffdx'],
  ['a\tb\nc', 'a\tb\nc'],
  ['עברית, 中文, é, 😀', 'עברית, 中文, é, 😀'],
])('%j is seen as %j', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('a label is one line of bounded length, prose keeps its lines', () => {
  expect(label('a\n  b\tc')).toBe('a b c');
  expect(label('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(10)}…`);
  expect(prose('a\nb')).toBe('a\nb');
  expect(prose('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(10)}…`);
});
