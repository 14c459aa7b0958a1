import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrivateKey, formatPublicKey, generateBuilderKey, samePublicKey } from '@buildsrs/protocol/ssh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSchedulerKey } from './scheduler-key.ts';

const key = generateBuilderKey('scheduler');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scheduler-key-'));
  writeFileSync(join(folder, 'key.pub'), `${formatPublicKey(key.publicKey)}\n`);
  writeFileSync(join(folder, 'key'), formatPrivateKey(key), { mode: 0o600 });
  writeFileSync(join(folder, 'text'), 'hello');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('is a line or a file with one', () => {
  for (const setting of [formatPublicKey(key.publicKey), join(folder, 'key.pub')]) {
    expect(samePublicKey(readSchedulerKey(setting), key.publicKey)).toBe(true);
  }
});

test.each([
  ['none', 'cannot be read (ENOENT)'],
  ['', 'cannot be read (EISDIR)'],
  ['key', 'is a private key'],
  ['text', 'is not sound'],
])('the file "%s" gets a sentence', (name, sentence) => {
  expect(() => readSchedulerKey(join(folder, name))).toThrow(sentence);
});

test('a line cut short gets a sentence', () => {
  expect(() => readSchedulerKey('ssh-ed25519 AAAAC3NzaC1lZDI1')).toThrow('this one is not sound');
});
