import { expect, test } from 'vitest';
import { isReproducible, reproducibleLine } from './report.ts';

const run = (executor: string, sha256: string) => ({ executor, sha256 });

test('one digest of all builds is a line', () => {
  const built = { crate: 'sample', version: '1.0.0', runs: [run('sandbox', 'aa'), run('docker', 'aa')] };
  expect(isReproducible(built)).toBe(true);
  expect(reproducibleLine(built)).toMatch(/^sample 1\.0\.0 +same in 2 builds {2}aa$/);
});

test('two digests are shown with who made them', () => {
  const built = { crate: 'sample', version: '1.0.0', runs: [run('sandbox', 'aa'), run('docker', 'bb')] };
  expect(isReproducible(built)).toBe(false);
  expect(reproducibleLine(built)).toMatch(/DIFFERS\n {2}sandbox {2}aa\n {2}docker {3}bb$/);
});

test('one build proves nothing', () => {
  expect(isReproducible({ crate: 'sample', version: '1.0.0', runs: [run('sandbox', 'aa')] })).toBe(false);
});
