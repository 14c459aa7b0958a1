import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { canonicalCrateName, CrateNameSchema, parseCrateName } from './crate-name.ts';
import { DigestSchema, digestFromHeader, digestToHeader, parseDigest } from './digest.ts';
import { ArtifactNameSchema, BuildIdSchema, FingerprintSchema, TaskIdSchema } from './ids.ts';
import { archiveExtension, executableSuffix, isWindowsTarget, parseTarget, TargetSchema } from './target.ts';
import { isolationLevel, ISOLATIONS } from './words.ts';

const accepts = (schema: v.GenericSchema, value: unknown) => v.safeParse(schema, value).success;

describe('crate names', () => {
  test.each(['a', 'ripgrep', 'serde_json', 'A-b_C9', 'x'.repeat(64), 'console', 'com10', 'nullable'])(
    '%s is one',
    (name) => {
      expect(parseCrateName(name)).toBe(name);
    },
  );

  test.each([
    '',
    '1a',
    '-a',
    '_a',
    'a b',
    'a.b',
    'a/b',
    '../a',
    'é',
    'a\n',
    'x'.repeat(65),
    'con',
    'NUL',
    'Com1',
    'lpt9',
  ])('%j is none', (name) => {
    expect(accepts(CrateNameSchema, name)).toBe(false);
  });

  test('whatever passes is safe in a path, a URL and a shell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
        expect(!accepts(CrateNameSchema, text) || encodeURIComponent(text) === text).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('spellings crates.io holds to be the same have one canonical form', () => {
    expect(canonicalCrateName('Serde-JSON')).toBe('serde_json');
    expect(canonicalCrateName(canonicalCrateName('A-b'))).toBe(canonicalCrateName('a_B'));
  });
});

describe('targets', () => {
  test.each([
    'generic',
    'x86_64-unknown-linux-gnu',
    'thumbv8m.main-none-eabi',
    'wasm32-wasip1',
    'aarch64-apple-darwin',
    'armv7-unknown-linux-musleabihf',
  ])('%s is one', (target) => {
    expect(parseTarget(target)).toBe(target);
  });

  test.each(['', 'linux', 'X86_64-linux', 'a--b', '-a-b', 'a-b-', '../a-b', 'a-b c', 'a-b\n', 'a-b-c-d-e-f'])(
    '%j is none',
    (target) => {
      expect(accepts(TargetSchema, target)).toBe(false);
    },
  );

  test('give the endings people of the platform expect', () => {
    const windows = parseTarget('x86_64-pc-windows-gnu');
    const wasm = parseTarget('wasm32-wasip1');
    const linux = parseTarget('x86_64-unknown-linux-gnu');
    expect([windows, wasm, linux].map(executableSuffix)).toEqual(['.exe', '.wasm', '']);
    expect([windows, wasm, linux].map(archiveExtension)).toEqual(['.zip', '.tar.gz', '.tar.gz']);
    expect(isWindowsTarget(windows)).toBe(true);
  });
});

describe('artifact names', () => {
  test.each(['a', 'rg-14.1.0-x86_64-unknown-linux-gnu.tar.gz', 'a+b', '_a'])('%s is one', (name) => {
    expect(accepts(ArtifactNameSchema, name)).toBe(true);
  });

  test.each(['', '.', '..', '.a', '-a', 'a/b', 'a\\b', 'a b', 'a\0', 'a%2f', 'x'.repeat(256)])(
    '%j is none',
    (name) => {
      expect(accepts(ArtifactNameSchema, name)).toBe(false);
    },
  );
});

test('ids', () => {
  expect(accepts(BuildIdSchema, '0b5c1c7e-0000-4000-8000-0123456789ab')).toBe(true);
  expect(accepts(BuildIdSchema, '0B5C1C7E-0000-4000-8000-0123456789AB')).toBe(false);
  expect(accepts(TaskIdSchema, 1)).toBe(true);
  for (const wrong of [0, -1, 1.5, 2 ** 53, '1']) expect(accepts(TaskIdSchema, wrong)).toBe(false);
  expect(accepts(FingerprintSchema, `SHA256:${'a'.repeat(43)}`)).toBe(true);
  expect(accepts(FingerprintSchema, `MD5:${'a'.repeat(43)}`)).toBe(false);
});

describe('digests', () => {
  const digest = parseDigest('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');

  test('are lower case hexadecimal', () => {
    for (const wrong of ['', 'a'.repeat(63), 'A'.repeat(64), 'g'.repeat(64), `${digest}\n`]) {
      expect(accepts(DigestSchema, wrong)).toBe(false);
    }
  });

  test('go into a header and out of it', () => {
    const header = digestToHeader(digest);
    expect(header).toBe('sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:');
    expect(digestFromHeader(header)).toBe(digest);
    expect(digestFromHeader(`sha-512=:AAAA:, ${header}`)).toBe(digest);
    for (const wrong of ['', 'sha-256=abc', 'sha-256=:AAAA:', `x${header}`]) {
      expect(digestFromHeader(wrong)).toBeUndefined();
    }
  });
});

test('isolations have levels that rise', () => {
  const levels = ISOLATIONS.map(isolationLevel);
  expect(levels).toEqual(levels.toSorted((left, right) => left - right));
  expect(isolationLevel('container')).toBe(isolationLevel('sandbox'));
});
