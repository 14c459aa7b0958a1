import { expect, it } from 'vitest';
import { CA_BUNDLE_PATH } from '../shared/guest-paths.ts';
import { bwrapArgs } from './bwrap-args.ts';

const options = {
  sources: { build: '/b', cargo: '/c', system: '/', toolchain: '/t', caBundle: '/ca.pem', etc: '/e' },
  environment: { PATH: '/usr/bin' },
  temporaryBytes: 1000,
};
const command = {
  argv: ['cargo', '--flag of\nits own'],
  cwd: '/build',
  network: false,
  cargoHome: 'read-only',
} as const;

it('gives a build no network, no CA bundle and a read-only cache', () => {
  const args = bwrapArgs(command, options).join('\0');
  expect(args).toContain('--unshare-all');
  expect(args).not.toContain('--share-net');
  expect(args).not.toContain(CA_BUNDLE_PATH);
  expect(args).toContain('--ro-bind\0/c\0/cargo');
});

it('gives a fetch all three', () => {
  const args = bwrapArgs({ ...command, network: true, cargoHome: 'writable' }, options).join('\0');
  expect(args).toContain('--share-net');
  expect(args).toContain(`--ro-bind\0/ca.pem\0${CA_BUNDLE_PATH}`);
  expect(args).toContain('--bind\0/c\0/cargo');
});

it('passes the command on after all options, as it is', () => {
  const args = bwrapArgs(command, options);
  expect(args.slice(args.indexOf('--'))).toEqual(['--', 'cargo', '--flag of\nits own']);
});

it('closes what has no size of its own, after all mounts', () => {
  const args = bwrapArgs(command, options);
  expect(args.lastIndexOf('--remount-ro')).toBeGreaterThan(
    args.lastIndexOf('/build') === -1 ? 0 : args.indexOf('--bind'),
  );
  expect(args[args.lastIndexOf('--remount-ro') + 1]).toBe('/');
});

it('mounts no toolchain where it is part of the system', () => {
  const args = bwrapArgs(command, { ...options, sources: { ...options.sources, toolchain: undefined } });
  expect(args).not.toContain('/toolchain');
});
