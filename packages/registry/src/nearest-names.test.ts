import { expect, test } from 'vitest';
import { nearestNames } from './nearest-names.ts';
import { POPULAR_CRATES } from './popular-crates.ts';

test.each([
  ['ripgrap', 'ripgrep'],
  ['rigrep', 'ripgrep'],
  ['hexly', 'hexyl'],
  ['cargo_edit', 'cargo-edit'],
  ['CargoEdit', 'cargo-edit'],
  ['fd', 'fd-find'],
  ['typos', 'typos-cli'],
  ['tokie', 'tokei'],
])('%s is nearest to %s', (query, name) => {
  expect(nearestNames(query, POPULAR_CRATES)[0]).toBe(name);
});

test('a name like no other has no neighbours', () => {
  expect(nearestNames('qqqqqqqqwwwwwww', POPULAR_CRATES)).toEqual([]);
});

test('no more than asked for, each once', () => {
  const near = nearestNames('cargo-xxx', [...POPULAR_CRATES, ...POPULAR_CRATES], 5);
  expect(near.length).toBeLessThanOrEqual(5);
  expect(new Set(near).size).toBe(near.length);
});

test('the known names are crate names, each once', () => {
  expect(new Set(POPULAR_CRATES).size).toBe(POPULAR_CRATES.length);
  for (const name of POPULAR_CRATES) expect(name).toMatch(/^[a-z][a-z0-9_-]{0,63}$/);
});
