import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { samePublicKey } from '../ssh/index.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';

let folder: string;
const warnings: string[] = [];
const options = {
  advice: 'Make one.',
  comment: 'mine',
  warn: (sentence: string) => void warnings.push(sentence),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-key-'));
  warnings.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a key file is made once, for its owner only, and read again', async () => {
  const path = join(folder, 'deep', 'key');
  const made = await makeKeyFile(path, options);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = await makeKeyFile(path, options);
  const read = await readKeyFile(path, options);
  expect(made.publicKey.comment).toBe('mine');
  expect(samePublicKey(again.publicKey, made.publicKey)).toBe(true);
  expect(samePublicKey(read.publicKey, made.publicKey)).toBe(true);
  expect(warnings).toEqual([]);
});

test('a key others can read is warned about, one they can change is refused', async () => {
  const path = join(folder, 'key');
  await makeKeyFile(path, options);
  chmodSync(path, 0o644);
  await readKeyFile(path, options);
  expect(warnings).toEqual([expect.stringContaining('can be read by others')]);
  chmodSync(path, 0o666);
  await expect(readKeyFile(path, options)).rejects.toThrow('can be changed by others');
});

test('a missing key, a folder, and something else get a sentence', async () => {
  await expect(readKeyFile(join(folder, 'none'), options)).rejects.toThrow(/no key file .* Make one\./);
  await expect(readKeyFile(folder, options)).rejects.toThrow('cannot be read');
  writeFileSync(join(folder, 'text'), 'hello', { mode: 0o600 });
  await expect(readKeyFile(join(folder, 'text'), options)).rejects.toThrow("not a builder's key file");
  await expect(makeKeyFile(join(folder, 'text', 'key'), options)).rejects.toMatchObject({
    name: expect.any(String),
  });
  expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('hello');
});
