import { DENIED_CALLS, type DeniedCalls } from '../shared/denied-syscalls.ts';

/** libseccomp's names of the machines we have, by Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

/**
 * The deny list as Docker reads it (a seccomp profile of the OCI runtime specification, JSON text). Only the machine's
 * own ABI is named: calls of any other (ia32, x32) end the process.
 */
export function seccompProfile(arch: string, rules: readonly DeniedCalls[] = DENIED_CALLS): string {
  const architecture = ARCHITECTURES[arch];
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    syscalls: rules.map(({ names, errno, checks }) => ({
      names,
      action: 'SCMP_ACT_ERRNO',
      errnoRet: errno,
      // For a masked comparison `value` is the mask and `valueTwo` what must remain.
      args: checks.map(({ index, mask, value }) => ({
        index,
        value: mask,
        valueTwo: value,
        op: 'SCMP_CMP_MASKED_EQ',
      })),
    })),
  });
}
