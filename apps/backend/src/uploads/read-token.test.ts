import { expect, it } from 'vitest';
import { readToken } from './read-token.ts';

const token = 'a'.repeat(43);

it('reads a bearer token', () => {
  expect(readToken(`Bearer ${token}`)).toBe(token);
  expect(readToken(`bearer ${token}`)).toBe(token);
});

it.each([
  undefined,
  '',
  token,
  `Basic ${token}`,
  `Bearer ${token} x`,
  'Bearer short',
  `Bearer ${'a'.repeat(200)}`,
  `Bearer ${token}\n`,
])('refuses %s', (header) => {
  expect(() => readToken(header)).toThrow(/needs the token/);
});
