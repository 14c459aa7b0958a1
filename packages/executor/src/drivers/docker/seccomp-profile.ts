import {
  ALLOWED_CALLS,
  ENOSYS,
  EPERM,
  GUARDED_CALLS,
  REFUSED_CALLS,
  UNKNOWN_CALLS,
  type ArgumentCheck,
} from '../shared/syscall-policy.ts';

/** libseccomp's names of the machines we have, by Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

function comparison({ index, mask, value, not }: ArgumentCheck) {
  if (not) return { index, value, op: 'SCMP_CMP_NE' };
  // For a masked comparison `value` is the mask and `valueTwo` what must remain.
  return { index, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' };
}

/**
 * The policy as Docker reads it (a seccomp profile of the OCI runtime specification, JSON text). It names what is
 * allowed, as a call that the engine's libseccomp is too old to know cannot be refused by name. Only the machine's own
 * ABI is named: calls of any other (ia32, x32) end the process.
 */
export function seccompProfile(arch: string): string {
  const architecture = ARCHITECTURES[arch];
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    syscalls: [
      { names: ALLOWED_CALLS, action: 'SCMP_ACT_ALLOW' },
      { names: REFUSED_CALLS, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
      { names: UNKNOWN_CALLS, action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      ...GUARDED_CALLS.flatMap(({ names, ways }) =>
        ways.map((checks) => ({ names, action: 'SCMP_ACT_ALLOW', args: checks.map(comparison) })),
      ),
    ],
  });
}
