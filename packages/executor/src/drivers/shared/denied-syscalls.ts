import { words } from './words.ts';

/** A comparison of a system call's argument: `(argument & mask) === value`, on its lower 32 bits. */
export interface ArgumentCheck {
  readonly index: 0 | 1 | 2 | 3 | 4 | 5;
  readonly mask: number;
  readonly value: number;
}

/** Calls that fail with `errno` when all checks hold. */
export interface DeniedCalls {
  readonly names: readonly string[];
  readonly errno: number;
  readonly checks: readonly ArgumentCheck[];
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/**
 * What no compiler, linker or build script has to do: other namespaces, mounts, other processes' memory, kernel
 * subsystems that needed most of the privilege-escalation fixes of the last years, clocks, modules, keys.
 * It is what Docker's profile refuses to a container without capabilities, and more (docs.docker.com/engine/security/seccomp).
 */
const NEVER = words(`
  mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
  mount_setattr unshare setns ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd
  kcmp bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key
  request_key kexec_load kexec_file_load create_module init_module finit_module delete_module
  get_kernel_syms query_module syslog acct swapon swapoff reboot sethostname setdomainname
  settimeofday clock_settime clock_adjtime adjtimex quotactl quotactl_fd open_by_handle_at
  name_to_handle_at lookup_dcookie fanotify_init fanotify_mark nfsservctl vhangup iopl ioperm
  modify_ldt _sysctl uselib ustat sysfs move_pages migrate_pages
`);

/** `CLONE_NEW…` of linux/sched.h: cgroup, uts, ipc, user, pid, net, ns, time. */
const NAMESPACE_FLAGS = [
  0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000, 0x0002_0000, 0x0000_0080,
];
const SETUID_SETGID = [0o4000, 0o2000];
const O_CREAT = 0o100;
/** linux/socket.h: unix, inet, inet6, netlink. All others, vsock (which no network namespace holds back) before all, are refused. */
const ALLOWED_FAMILIES = new Set([1, 2, 10, 16]);
const FAMILIES = 46;
/** Typing into the terminal that started us; TIOCSTI and TIOCLINUX of asm-generic/ioctls.h. */
const TERMINAL_INJECTION = [0x5412, 0x541c];

const all = 0xffff_ffff;

/** How an attribute argument that carries a mode is checked for the bits that would make a file setuid or setgid. */
function modeRules(
  names: readonly string[],
  index: ArgumentCheck['index'],
  when: readonly ArgumentCheck[] = [],
): DeniedCalls[] {
  return SETUID_SETGID.map((bit) => ({
    names,
    errno: EPERM,
    checks: [...when, { index, mask: bit, value: bit }],
  }));
}

/** The deny list of every executor that can have one (research/reliability.md §1.3). */
export const DENIED_CALLS: readonly DeniedCalls[] = [
  { names: NEVER, errno: EPERM, checks: [] },
  // Its flags are behind a pointer, where no filter can look; without it the C library uses clone.
  { names: ['clone3'], errno: ENOSYS, checks: [] },
  ...NAMESPACE_FLAGS.map((flag) => ({
    names: ['clone'],
    errno: EPERM,
    checks: [{ index: 0, mask: flag, value: flag } as const],
  })),
  ...modeRules(['chmod', 'fchmod', 'mknod', 'creat'], 1),
  ...modeRules(['fchmodat', 'fchmodat2', 'mknodat'], 2),
  ...modeRules(['open'], 2, [{ index: 1, mask: O_CREAT, value: O_CREAT }]),
  ...modeRules(['openat'], 3, [{ index: 2, mask: O_CREAT, value: O_CREAT }]),
  ...Array.from({ length: FAMILIES }, (_, family) => family)
    .filter((family) => !ALLOWED_FAMILIES.has(family))
    .map((family) => ({
      names: ['socket'],
      errno: EAFNOSUPPORT,
      checks: [{ index: 0, mask: all, value: family } as const],
    })),
  ...TERMINAL_INJECTION.map((request) => ({
    names: ['ioctl'],
    errno: EPERM,
    checks: [{ index: 1, mask: all, value: request } as const],
  })),
];
