import { failure, parseCrateName } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { YIELD_CRATES } from './crates.ts';
import { yieldLine, yieldReport } from './report.ts';

const crate = parseCrateName('sample');
const built = { crate, version: '1.0.0', ms: 12_345, failure: undefined, took: '' };
const failed = {
  ...built,
  failure: failure('missing-library', 'No odd here.\nmore', { dependency: 'odd-sys 1.0.0', hint: 'Add it.' }),
};

test('thirty crates are listed, each once, by names that are names', () => {
  expect(new Set(YIELD_CRATES.map(parseCrateName)).size).toBe(30);
});

test('a crate is a line, with what it took', () => {
  expect(yieldLine(built)).toMatch(/^sample 1\.0\.0 +12 s {2}built$/);
  expect(yieldLine({ ...built, took: 'features vendored' })).toContain('built (features vendored)');
  expect(yieldLine(failed)).toMatch(/missing-library$/);
});

test('the report says the share, and why for each that failed', () => {
  expect(yieldReport(Array.from({ length: 9 }, () => built).concat(failed as never))).toBe(
    '9 of 10 built: 90 %; goal 90 %: met\n\nsample 1.0.0: missing-library in odd-sys 1.0.0\n  No odd here.\n  Add it.',
  );
  expect(yieldReport([built, failed])).toContain('1 of 2 built: 50 %; goal 90 %: missed');
  expect(yieldReport([])).toContain('stopped before');
});
