import { expect, it } from 'vitest';
import { seccompProfile } from './seccomp-profile.ts';

interface Profile {
  readonly defaultAction: string;
  readonly architectures?: readonly string[];
  readonly syscalls: readonly { names: string[]; action: string; args?: { op: string; value: number }[] }[];
}

it('refuses what it does not name, and guards what it lets through in part', () => {
  const profile = JSON.parse(seccompProfile('x64')) as Profile;
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64']);
  const rulesFor = (name: string) => profile.syscalls.filter(({ names }) => names.includes(name));
  expect(rulesFor('read')).toEqual([expect.objectContaining({ action: 'SCMP_ACT_ALLOW' })]);
  expect(rulesFor('mount')).toEqual([expect.objectContaining({ action: 'SCMP_ACT_ERRNO', errnoRet: 1 })]);
  expect(rulesFor('clone3')).toEqual([expect.objectContaining({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 })]);
  expect(rulesFor('socket')).toHaveLength(4);
  // An unguarded rule beside guarded ones would let all through.
  for (const name of ['clone', 'socket', 'openat', 'ioctl'])
    for (const { args } of rulesFor(name)) expect(args?.length, name).toBeGreaterThan(0);
});
