import { parseCrateName } from '@buildsrs/common';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cratePrefix, indexPathOf, nameOfIndexPath } from './index-path.ts';
import { fuzzRuns } from './testing/fuzz-runs.ts';

test.each([
  ['a', '1/a'],
  ['cc', '2/cc'],
  ['syn', '3/s/syn'],
  ['Inflector', 'in/fl/inflector'],
  ['cargo', 'ca/rg/cargo'],
  ['a-b', '3/a/a-b'],
  ['no-lockfile', 'no/-l/no-lockfile'],
])('%s is at %s', (name, path) => {
  expect(indexPathOf(parseCrateName(name))).toBe(path);
  expect(nameOfIndexPath(path)).toBe(name.toLowerCase());
});

test('the prefix keeps the spelling it is given', () => {
  expect(cratePrefix('MyCrate')).toBe('My/Cr');
});

test.each([
  '',
  'a',
  '1/b/a',
  '1/aa',
  'se/rd/../serde',
  'se/rd/Serde',
  'config.json',
  '3/x/abc',
  '.git/HEAD',
  'se/rd/serde\n',
  'crates/serde/serde',
])('%j is no index file', (path) => {
  expect(nameOfIndexPath(path)).toBeUndefined();
});

test('names and paths stand for each other', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/), (name) => {
      expect(nameOfIndexPath(`${cratePrefix(name)}/${name}`)).toBe(name);
    }),
    fuzzRuns(200),
  );
});
