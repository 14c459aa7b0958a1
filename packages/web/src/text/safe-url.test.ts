import { expect, test } from 'vitest';
import { safeUrl } from './safe-url.ts';

test.each(['https://example.org/a?b#c', 'http://example.org', ' https://example.org '])(
  '%j may be followed',
  (text) => {
    expect(safeUrl(text)?.href).toMatch(/^https?:\/\/example\.org/);
  },
);

test.each([
  'javascript:alert(1)',
  'JAVASCRIPT:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  '//example.org',
  '/path',
  'https://user:pass@example.org/',
  'ftp://example.org',
  'https://',
  '',
  `https://example.org/${'x'.repeat(3_000)}`,
])('%j may not', (text) => {
  expect(safeUrl(text)).toBeUndefined();
});
