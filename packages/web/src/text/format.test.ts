import { expect, test } from 'vitest';
import { formatAgo, formatBytes, formatCount, formatDuration, formatMoment, plural } from './format.ts';

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '0.98 KiB'],
  [1_153_000, '1.10 MiB'],
  [15_000_000, '14.3 MiB'],
  [512 * 1024 ** 2, '512 MiB'],
  [5 * 1024 ** 4, '5.00 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(plain(formatBytes(bytes))).toBe(text);
});

test.each([
  [-5, '0 ms'],
  [840, '840 ms'],
  [4_240, '4.2 s'],
  [9_960, '10 s'],
  [59_700, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('%i ms are %s', (ms, text) => {
  expect(plain(formatDuration(ms))).toBe(text);
});

const now = new Date('2026-11-29T12:00:00Z');
test.each([
  [10, 'just now'],
  [-10, 'just now'],
  [-4_000, '29 Nov 2026'],
  [300, '5 min ago'],
  [7_300, '2 h ago'],
  [4 * 86_400, '4 days ago'],
  [40 * 86_400, '20 Oct 2026'],
])('%i seconds before are %s', (seconds, text) => {
  expect(plain(formatAgo(new Date(now.getTime() - seconds * 1_000), now))).toBe(text);
});

test('counts, moments, plurals', () => {
  expect(plain(formatCount(1_234_567))).toBe('1 234 567');
  expect(formatMoment(now)).toBe('29 Nov 2026, 12:00:00 UTC');
  expect([plain(plural(1, 'slot')), plain(plural(2, 'slot'))]).toEqual(['1 slot', '2 slots']);
});
