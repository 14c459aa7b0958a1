import { describe, expect, it } from 'vitest';
import { readCargoMetadata, rootBinaries } from './cargo-metadata.ts';

const pkg = (id: string, targets: object[] = [{ name: id, kind: ['lib'] }]) => ({
  id,
  name: id,
  version: '1.0.0',
  source: id === 'root' ? null : 'registry+x',
  manifest_path: `/cargo/${id}/Cargo.toml`,
  rust_version: null,
  targets,
});
const node = (id: string, deps: [string, string | null][] = [], features: string[] = []) => ({
  id,
  features,
  deps: deps.map(([to, kind]) => ({ name: to, pkg: to, dep_kinds: [{ kind, target: null }] })),
});

function metadata(rootTargets: object[], features: string[] = []) {
  return JSON.stringify({
    packages: [pkg('root', rootTargets), pkg('a'), pkg('b'), pkg('tests-only'), pkg('below-tests')],
    resolve: {
      root: 'root',
      nodes: [
        node(
          'root',
          [
            ['a', null],
            ['tests-only', 'dev'],
          ],
          features,
        ),
        node('a', [['b', 'build']], ['fast']),
        node('b'),
        node('tests-only', [['below-tests', null]]),
        node('below-tests'),
      ],
    },
  });
}

describe('readCargoMetadata', () => {
  it('counts what is compiled: normal and build dependencies, not those of tests', () => {
    const graph = readCargoMetadata(metadata([]));
    expect([...graph.packages.keys()].toSorted()).toEqual(['a', 'b', 'root']);
  });

  it.each(['', '[]', '{"packages":[]}', '{"packages":[],"resolve":{"root":"x","nodes":[]}}'])(
    'refuses %j',
    (text) => {
      expect(() => readCargoMetadata(text)).toThrow('cargo metadata');
    },
  );
});

describe('rootBinaries', () => {
  it('tells which programs the features give, features of dependencies included', () => {
    const graph = readCargoMetadata(
      metadata(
        [
          { name: 'always', kind: ['bin'] },
          { name: 'with-x', kind: ['bin'], 'required-features': ['x'] },
          { name: 'with-y', kind: ['bin'], 'required-features': ['x', 'y'] },
          { name: 'with-fast-a', kind: ['bin'], 'required-features': ['a/fast'] },
          { name: 'with-slow-a', kind: ['bin'], 'required-features': ['a/slow'] },
          { name: 'example', kind: ['example'] },
        ],
        ['default', 'x'],
      ),
    );
    expect(rootBinaries(graph)).toEqual([
      { name: 'always', missingFeatures: [] },
      { name: 'with-x', missingFeatures: [] },
      { name: 'with-y', missingFeatures: ['y'] },
      { name: 'with-fast-a', missingFeatures: [] },
      { name: 'with-slow-a', missingFeatures: ['a/slow'] },
    ]);
  });
});
