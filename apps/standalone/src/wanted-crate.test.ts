import { expect, it } from 'vitest';
import { parseWantedCrates } from './wanted-crate.ts';

it('reads names and exact versions, each once', () => {
  expect(
    parseWantedCrates(['ripgrep', 'hexyl@0.17.0', 'ripgrep', 'ripgrep@latest', 'ripgrep@14.1.0']),
  ).toEqual([
    { name: 'ripgrep', version: 'latest' },
    { name: 'hexyl', version: '0.17.0' },
    { name: 'ripgrep', version: '14.1.0' },
  ]);
  expect(parseWantedCrates([])).toEqual([]);
});

it('tells everything that is wrong at once', () => {
  expect(() => parseWantedCrates(['ripgrep', '../etc', 'hexyl@1', 'a@1.0.0@2.0.0', 'con'])).toThrow(
    [
      '"../etc": A crate name starts with a letter and has at most 64 letters, digits, "-" and "_".',
      '"hexyl@1": A version is exact, as in hexyl@1.2.3; without one the newest is built.',
      '"a@1.0.0@2.0.0": A version is exact, as in a@1.2.3; without one the newest is built.',
      '"con": This name is reserved by Windows and no crate can have it.',
    ].join('\n'),
  );
});
