import * as v from 'valibot';
import { expect, test } from 'vitest';
import { BuildInputsSchema, inputIdOf } from './build-info.ts';
import { canonicalJson } from './canonical-json.ts';

const sample = {
  kind: 'binary',
  source: { crate: 'hexyl', version: '0.16.0', checksum: '1'.repeat(64) },
  command: {
    cargo: ['build', '--release', '--locked'],
    features: [],
    defaultFeatures: true,
    bins: ['hexyl'],
  },
  target: 'x86_64-unknown-linux-gnu',
  toolchain: {
    rustc: '1.95.0',
    commit: 'unknown',
    host: 'x86_64-unknown-linux-gnu',
    llvm: '21.1.0',
    cargo: '1.95.0',
  },
  lockfile: { origin: 'published', sha256: '2'.repeat(64) },
  dependencies: [
    { name: 'hexyl', version: '0.16.0' },
    {
      name: 'anyhow',
      version: '1.0.95',
      source: 'registry+https://github.com/rust-lang/crates.io-index',
      checksum: '3'.repeat(64),
    },
  ],
  environment: { SOURCE_DATE_EPOCH: '0' },
  packages: { manager: 'dpkg', list: [{ name: 'gcc', version: '14.2.0-19', architecture: 'amd64' }] },
  image: { kind: 'docker', digest: `sha256:${'4'.repeat(64)}` },
};
const parse = (value: unknown) => v.parse(BuildInputsSchema, value);

/** If this fails, every stored `inputId` loses its meaning: do not change the expectation, change the code back. */
test('the input id of given inputs never changes', () => {
  expect(inputIdOf(parse(sample))).toBe('53b8a1652017fc04c07b0cac625da74505cfce5c67261cb547549efb174852a1');
});

test('it does not depend on the order of members, nor on optional ones that are absent', () => {
  const reordered = Object.fromEntries(Object.entries(sample).toReversed());
  const absent = { ...sample, lockfile: { ...sample.lockfile, reason: undefined } };
  expect(inputIdOf(parse(reordered))).toBe(inputIdOf(parse(sample)));
  expect(inputIdOf(parse(absent))).toBe(inputIdOf(parse(sample)));
});

test.each([
  ['the target', { target: 'aarch64-unknown-linux-gnu' }],
  ['an argument', { command: { ...sample.command, cargo: ['build', '--release'] } }],
  ['the compiler', { toolchain: { ...sample.toolchain, rustc: '1.95.1' } }],
  ['a dependency', { dependencies: sample.dependencies.slice(0, 1) }],
  ['a variable', { environment: { SOURCE_DATE_EPOCH: '1' } }],
  ['the image', { image: { kind: 'docker' } }],
  ['the lock file', { lockfile: { origin: 'generated', sha256: '2'.repeat(64) } }],
])('it depends on %s', (_, change) => {
  expect(inputIdOf(parse({ ...sample, ...change }))).not.toBe(inputIdOf(parse(sample)));
});

test('inputs with a member nobody knows are refused, as they would be hashed unseen', () => {
  expect(() => parse({ ...sample, extra: 1 })).toThrow('extra');
  expect(canonicalJson(parse(sample))).not.toContain(' ');
});
