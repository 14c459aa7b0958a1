import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fittingTargets, readHost } from './host.ts';

it('chooses targets by processor, system and libc', () => {
  const targets = (platform: string, arch: string, glibc?: string) =>
    fittingTargets({ platform, arch, glibc });
  expect(targets('linux', 'x64', '2.36')).toEqual(['x86_64-unknown-linux-gnu', 'x86_64-unknown-linux-musl']);
  expect(targets('linux', 'arm')).toEqual(['armv7-unknown-linux-musleabihf']);
  expect(targets('darwin', 'arm64')).toEqual(['aarch64-apple-darwin']);
  expect(targets('win32', 'x64')[0]).toBe('x86_64-pc-windows-msvc');
  expect(() => targets('linux', 'mips')).toThrow(/cargo install/);
});

it('sees the glibc that the system itself tells of', (context) => {
  let told: string;
  try {
    told = execFileSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' }).trim();
  } catch {
    return context.skip('this system has no glibc to tell of');
  }
  expect(`glibc ${readHost().glibc}`).toBe(told);
});
