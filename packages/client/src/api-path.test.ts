import { expect, test } from 'vitest';
import { apiPath, queryOf } from './api-path.ts';

test.each([
  ['a/b', '/crates/a%2Fb/x'],
  ['../..', '/crates/..%2F../x'],
  ['a?b#c', '/crates/a%3Fb%23c/x'],
  ['ü "<', '/crates/%C3%BC%20%22%3C/x'],
  ['%2e%2e', '/crates/%252e%252e/x'],
  ['\ud800', '/crates/%EF%BF%BD/x'],
  [7, '/crates/7/x'],
])('%j stays within its segment', (parameter, path) => {
  expect(apiPath`/crates/${parameter}/x`).toBe(path);
  expect(new URL(path, 'http://h').pathname.split('/')).toHaveLength(4);
});

test.each(['', '.', '..'])('%j names nothing', (parameter) => {
  expect(() => apiPath`/crates/${parameter}`).toThrow(RangeError);
});

test('a query has what is given and nothing else', () => {
  expect(queryOf({})).toBe('');
  expect(queryOf({ limit: 5, cursor: undefined, query: 'a&b=c' })).toBe('?limit=5&query=a%26b%3Dc');
});
