import { parseCrateName, parseVersion, type CrateFacts } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { crateFactsOf } from './crate-facts.ts';
import { overridesFor, readOverrides } from './overrides.ts';

const name = parseCrateName('sample');
const version = parseVersion('1.2.3');
const HEAD = '[package]\nname = "sample"\nversion = "1.2.3"\nedition = "2021"\n';

function facts(metadata: string, rest = ''): CrateFacts {
  return crateFactsOf(`${HEAD}${metadata}\n${rest}`, ['src/main.rs', 'src/bin/tool.rs'], { name, version });
}

const programs = (of: CrateFacts): string[] =>
  of.binaries.filter((bin) => bin.default).map((bin) => bin.name);

describe('what an author wants', () => {
  test('is nothing in particular when nothing is said', () => {
    expect(facts('').preferences).toBeUndefined();
    expect(facts('[package.metadata.docs.rs]\nall-features = true').preferences).toBeUndefined();
    expect(facts('').ignoredPreferences).toBeUndefined();
  });

  test('is read whole', () => {
    const read = facts(
      `[package.metadata.buildsrs]
build = "on-request"
features = ["cli", "cli"]
no-default-features = true
bins = ["tool"]
targets = ["x86_64-unknown-linux-gnu"]
packages = ["cmake", "libssl-dev"]
environment = { OPENSSL_STATIC = "1" }`,
      '[features]\ncli = []',
    );
    expect(read.preferences).toEqual({
      rebuild: 'on-request',
      features: ['cli'],
      noDefaultFeatures: true,
      bins: ['tool'],
      targets: ['x86_64-unknown-linux-gnu'],
      packages: ['cmake', 'libssl-dev'],
      environment: { OPENSSL_STATIC: '1' },
    });
    expect(read.ignoredPreferences).toBeUndefined();
    expect(programs(read)).toEqual(['tool']);
  });

  test('decides which programs a build gives', () => {
    const rest =
      '[features]\ndefault = ["big"]\nbig = []\ncli = []\n[[bin]]\nname = "c"\npath = "src/main.rs"\nrequired-features = ["cli"]\n[[bin]]\nname = "b"\npath = "src/bin/tool.rs"\nrequired-features = ["big"]';
    expect(programs(facts('', rest))).toEqual(['b']);
    expect(programs(facts('[package.metadata.buildsrs]\nfeatures = ["cli"]', rest))).toEqual(['c', 'b']);
    const alone = '[package.metadata.buildsrs]\nfeatures = ["cli"]\nno-default-features = true';
    expect(programs(facts(alone, rest))).toEqual(['c']);
  });

  test.each([
    ['false', 'never'],
    ['true', 'automatic'],
    ['"on-request"', 'on-request'],
  ])('build = %s', (value, rebuild) => {
    expect(facts(`[package.metadata.buildsrs]\nbuild = ${value}`).preferences).toEqual({ rebuild });
  });

  test('is on request only when binstall may not use a rebuild, unless the own table says otherwise', () => {
    const binstall = '[package.metadata.binstall]\ndisabled-strategies = ["quick-install", "compile"]\n';
    expect(facts(binstall).preferences).toEqual({ rebuild: 'on-request' });
    expect(facts(`${binstall}[package.metadata.buildsrs]\nbuild = true`).preferences).toEqual({
      rebuild: 'automatic',
    });
    expect(facts(binstall.replace('quick-install', 'crate-meta-data')).preferences).toBeUndefined();
  });

  test.each([
    ['buildsrs = 1', 'package.metadata.buildsrs is not a table.'],
    ['buildsrs = { build = "no" }', 'build: is true, false or "on-request".'],
    ['buildsrs = { feature = ["a"] }', '"feature" is no key that is known.'],
    ['buildsrs = { features = "a" }', 'features: is a list of strings.'],
    [
      'buildsrs = { features = ["--all"] }',
      'features: "--all" is the name of a feature, or dependency/feature.',
    ],
    ['buildsrs = { features = ["gone"] }', 'features: the crate has no "gone".'],
    ['buildsrs = { bins = ["gone"] }', 'bins: the crate has no "gone".'],
    [
      'buildsrs = { packages = ["sudo"] }',
      'packages: "sudo" is none of the Debian packages that may be asked for.',
    ],
    [
      'buildsrs = { environment = { PATH = "/x" } }',
      'environment: "PATH" is none of the variables that may be set.',
    ],
    ['buildsrs = { environment = [] }', 'environment: is a table.'],
    ['buildsrs = { no-default-features = 1 }', 'no-default-features: is true or false.'],
    ['buildsrs = { "\\u001b[2J\\u202e" = 1 }', '"\\u001b[2J\ufffd" is no key that is known.'],
    ['buildsrs = { __proto__ = 1, constructor = 2 }', '"__proto__" is no key that is known.'],
    ['buildsrs = 2020-01-01', 'package.metadata.buildsrs is not a table.'],
  ])('that cannot be used is said and never stops the crate: %s', (table, sentence) => {
    const read = facts(`[package.metadata]\n${table}`);
    expect(read.ignoredPreferences?.[0]).toBe(sentence);
    expect(Object.keys(read.preferences ?? {}).filter((key) => key !== 'features')).toEqual([]);
    expect(programs(read)).toEqual(['sample', 'tool']);
  });

  test('loses only the entry that cannot be used', () => {
    const read = facts(
      '[package.metadata.buildsrs]\npackages = ["cmake", 7, "sudo"]\nbins = ["tool", "x/y"]\nenvironment = { OPENSSL_STATIC = "1", LD_PRELOAD = "x" }',
    );
    expect(read.preferences).toEqual({
      packages: ['cmake'],
      bins: ['tool'],
      environment: { OPENSSL_STATIC: '1' },
    });
    expect(read.ignoredPreferences).toHaveLength(4);
  });

  test('stays small whatever is written', () => {
    const long = Array.from({ length: 5_000 }, (_, index) => `"f${index}${'x'.repeat(400)}"`).join(',');
    const read = facts(`[package.metadata.buildsrs]\nfeatures = [${long}]\nbins = [${long}]`);
    expect(read.ignoredPreferences).toHaveLength(20);
    expect(JSON.stringify(read).length).toBeLessThan(10_000);
  });
});

describe('an override file', () => {
  test('has rules for crates and versions, later ones over earlier ones', () => {
    const overrides = readOverrides(`
[[crate]]
name = "Sample"
features = ["a"]
environment = { OPENSSL_STATIC = "0" }
[[crate]]
name = "sample"
version = "^1.2"
features = ["b"]
environment = { SQLX_OFFLINE = "true" }
[[crate]]
name = "sample"
version = ">=2"
build = false
[[crate]]
name = "other"
build = false
`);
    expect(overridesFor(overrides, name, version)).toEqual({
      features: ['b'],
      environment: { OPENSSL_STATIC: '0', SQLX_OFFLINE: 'true' },
    });
    expect(overridesFor(overrides, name, parseVersion('2.0.0'))).toMatchObject({ rebuild: 'never' });
    expect(overridesFor(overrides, parseCrateName('third'), version)).toEqual({});
    expect(overridesFor(readOverrides(''), name, version)).toEqual({});
  });

  test.each([
    ['[[crate]', 'as TOML'],
    ['[crate]\nname = "a"', 'crates are written as [[crate]]'],
    ['crates = []', '"crates" is no key'],
    ['crate = [1]', 'number 1: is not a table'],
    ['[[crate]]\nfeatures = []', 'has no name'],
    ['[[crate]]\nname = "a b"', 'is not a crate'],
    ['[[crate]]\nname = "a"\nversion = "newest"', 'is a requirement'],
    ['[[crate]]\nname = "a"\nversion = 1', 'is a requirement'],
    ['[[crate]]\nname = "a"\npackages = ["sudo"]', '(a): packages: "sudo"'],
    ['[[crate]]\nname = "a"\n[[crate]]\nname = "b"\nfeature = []', 'number 2 (b): "feature" is no key'],
  ])('is refused as a whole when a part is not understood: %j', (text, sentence) => {
    expect(() => readOverrides(text)).toThrow(sentence);
  });
});
