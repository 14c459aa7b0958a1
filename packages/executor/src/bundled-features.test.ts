import { failure } from '@buildsrs/common';
import { describe, expect, it } from 'vitest';
import { bundledFeature } from './bundled-features.ts';
import { readCargoMetadata } from './cargo-metadata.ts';

interface Sample {
  readonly id: string;
  readonly features?: Record<string, string[]>;
  readonly links?: string;
  readonly deps?: readonly string[];
}

function graphOf(samples: readonly Sample[]) {
  return readCargoMetadata(
    JSON.stringify({
      packages: samples.map(({ id, features = {}, links = null, deps = [] }) => ({
        id,
        name: id,
        version: '1.0.0',
        source: null,
        manifest_path: `/cargo/${id}/Cargo.toml`,
        links,
        features,
        dependencies: deps.map((name) => ({ name, rename: null })),
        targets: [],
      })),
      resolve: {
        root: 'root',
        nodes: samples.map(({ id, deps = [] }) => ({
          id,
          features: [],
          deps: deps.map((to) => ({ name: to.replaceAll('-', '_'), pkg: to, dep_kinds: [{ kind: null }] })),
        })),
      },
    }),
  );
}

const SYS: Sample = { id: 'openssl-sys', links: 'openssl', features: { vendored: ['dep:openssl-src'] } };
const HTTP: Sample = {
  id: 'http-client',
  deps: ['openssl-sys'],
  features: { 'tls-vendored': ['tls', 'openssl-sys?/vendored'], tls: [], everything: ['tls-vendored'] },
};
const script = failure('missing-library', 'Could not find openssl via pkg-config', {
  dependency: 'openssl-sys 1.0.0',
});
const linker = failure('missing-library', 'rust-lld: error: unable to find library -lssl');

describe('a feature that brings a library along', () => {
  it('is the author’s own where there is one, by its name and not because it turns on everything', () => {
    const features = { full: ['vendored-tls'], 'vendored-tls': ['http-client/tls-vendored'], static: [] };
    const graph = graphOf([{ id: 'root', deps: ['http-client'], features }, HTTP, SYS]);
    expect(bundledFeature(graph, script)).toBe('vendored-tls');
    expect(bundledFeature(graph, linker)).toBe('vendored-tls');
  });

  it('is else one of a direct dependency', () => {
    const graph = graphOf([{ id: 'root', deps: ['http-client'] }, HTTP, SYS]);
    expect(bundledFeature(graph, script)).toBe('http-client/tls-vendored');
    const direct = graphOf([{ id: 'root', deps: ['openssl-sys'] }, SYS]);
    expect(bundledFeature(direct, script)).toBe('openssl-sys/vendored');
  });

  it('is none when nothing leads there, or another library is missing', () => {
    const far = graphOf([
      { id: 'root', deps: ['middle'], features: { bundled: ['middle/x'], constructor: ['middle/y'] } },
      { id: 'middle', deps: ['openssl-sys'], features: { x: ['x'] } },
      SYS,
    ]);
    expect(bundledFeature(far, script)).toBeUndefined();
    const other = failure('missing-library', 'rust-lld: error: unable to find library -lpq');
    expect(bundledFeature(graphOf([{ id: 'root', deps: ['openssl-sys'] }, SYS]), other)).toBeUndefined();
  });

  it('is never a name that cargo could take for something else', () => {
    const features = { '-vendored': ['openssl-sys/vendored'], 'vendored,x': ['openssl-sys/vendored'] };
    const graph = graphOf([{ id: 'root', deps: ['openssl-sys'], features }, SYS]);
    expect(bundledFeature(graph, script)).toBe('openssl-sys/vendored');
  });
});
