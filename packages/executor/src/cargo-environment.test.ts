import { CRATES_IO } from '@buildsrs/registry';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { cargoConfig, remapFlags, withFixedPaths } from './cargo-environment.ts';

describe('cargoConfig', () => {
  it('puts the registry of a job in the place of crates.io', () => {
    expect(parse(cargoConfig('sparse+http://127.0.0.1:8080/a"b/'))).toMatchObject({
      source: {
        'crates-io': { 'replace-with': 'buildsrs' },
        buildsrs: { registry: 'sparse+http://127.0.0.1:8080/a"b/' },
      },
    });
  });

  it('replaces nothing when the job is for crates.io itself, which cargo would refuse', () => {
    expect(parse(cargoConfig(CRATES_IO.sparseIndex))).not.toHaveProperty('source');
  });
});

describe('remapFlags', () => {
  it('names the paths of a build by the fixed ones, the most special last', () => {
    expect(
      remapFlags({ build: '/data/x/build', cargoHome: '/data/cargo' }, [
        '/data/cargo/registry/src/mirror-12',
      ]),
    ).toEqual([
      '--remap-path-prefix=/data/x/build=/build',
      '--remap-path-prefix=/data/cargo=/cargo',
      '--remap-path-prefix=/data/cargo/registry/src/mirror-12=/cargo/registry/src',
    ]);
  });
});

describe('withFixedPaths', () => {
  it('hides where a builder has its folders', () => {
    const paths = { build: '/data/x/build', cargoHome: '/data/cargo' };
    expect(withFixedPaths('at /data/x/build/a-1.0.0 with /data/cargo/registry', paths)).toBe(
      'at /build/a-1.0.0 with /cargo/registry',
    );
  });
});
