import { DEFAULT_LIMITS } from '@buildsrs/common';
import { describe, expect, it } from 'vitest';
import { CA_BUNDLE_PATH } from '../shared/guest-paths.ts';
import { containerConfig } from './container-config.ts';

const place = {
  image: `sha256:${'0'.repeat(64)}`,
  runtime: undefined,
  isolation: 'container' as const,
  user: { uid: 1234, gid: 5678 },
  buildDir: '/data/a:b,c',
  cargoHome: '/data/cargo',
  caBundle: '/ca.pem',
  environment: { GIVEN: 'a=b\nc' },
  seccomp: '{}',
  limits: DEFAULT_LIMITS,
  labels: { some: 'label' },
};
const build = { argv: ['cargo', 'build'], cwd: '/build', network: false, cargoHome: 'read-only' } as const;

describe('the container of a build', () => {
  const { HostConfig, ...config } = containerConfig(build, place);

  it('has no network, no capability, no writable system and no log', () => {
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', 'seccomp={}'],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'none' },
    });
    expect(HostConfig).not.toHaveProperty('Privileged');
  });

  it('has every limit, and no swap', () => {
    expect(HostConfig).toMatchObject({
      Memory: DEFAULT_LIMITS.memoryBytes,
      MemorySwap: DEFAULT_LIMITS.memoryBytes,
      PidsLimit: DEFAULT_LIMITS.processes,
      NanoCpus: DEFAULT_LIMITS.cpus * 1e9,
    });
  });

  it('mounts its folder, and the cache read-only, whatever is in their names', () => {
    expect(HostConfig?.Mounts).toEqual([
      expect.objectContaining({ Source: '/data/a:b,c', Target: '/build', ReadOnly: false }),
      expect.objectContaining({ Source: '/data/cargo', Target: '/cargo', ReadOnly: true }),
    ]);
  });

  it('runs as the user of the build, with the variables it was given', () => {
    expect(config).toMatchObject({
      User: '1234:5678',
      Env: ['GIVEN=a=b\nc'],
      Cmd: ['cargo', 'build'],
      Entrypoint: [],
    });
  });
});

it('gives a fetch the network, the CA bundle and a writable cache', () => {
  const { HostConfig } = containerConfig({ ...build, network: true, cargoHome: 'writable' }, place);
  expect(HostConfig?.NetworkMode).toBe('host');
  expect(HostConfig?.Mounts).toContainEqual(expect.objectContaining({ Target: '/cargo', ReadOnly: false }));
  expect(HostConfig?.Mounts).toContainEqual(
    expect.objectContaining({ Source: '/ca.pem', Target: CA_BUNDLE_PATH, ReadOnly: true }),
  );
});

it('runs in another runtime by the same road', () => {
  expect(containerConfig(build, { ...place, runtime: 'runsc' }).HostConfig?.Runtime).toBe('runsc');
  expect(containerConfig(build, place).HostConfig).not.toHaveProperty('Runtime');
});
