import { words } from './words.ts';

/** A comparison of a system call's argument, on its lower 32 bits: `(argument & mask)` equals `value`, or does not. */
export interface ArgumentCheck {
  readonly index: 0 | 1 | 2 | 3 | 4 | 5;
  readonly mask: number;
  readonly value: number;
  readonly not?: true;
}

/** Calls that are let through when all checks of one of the ways hold, and else fail with `errno`. */
export interface GuardedCalls {
  readonly names: readonly string[];
  readonly ways: readonly (readonly ArgumentCheck[])[];
  readonly errno: number;
}

/** Numbers of errno(3) that a refused call gives. */
export const EPERM = 1;
export const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/**
 * What no compiler, linker or build script has to do: other namespaces, mounts, other processes' memory, kernel
 * subsystems that needed most of the privilege-escalation fixes of the last years, clocks, modules, keys.
 * It is what Docker's profile refuses to a container without capabilities, and more (docs.docker.com/engine/security/seccomp).
 */
export const REFUSED_CALLS = words(`
  mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
  mount_setattr unshare setns ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd
  kcmp bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key
  request_key kexec_load kexec_file_load create_module init_module finit_module delete_module
  get_kernel_syms query_module syslog acct swapon swapoff reboot sethostname setdomainname
  settimeofday clock_settime clock_adjtime adjtimex quotactl quotactl_fd open_by_handle_at
  name_to_handle_at lookup_dcookie fanotify_init fanotify_mark nfsservctl vhangup iopl ioperm
  modify_ldt _sysctl uselib ustat sysfs move_pages migrate_pages
`);

/** Its flags are behind a pointer, where no filter can look; without it (ENOSYS) the C library uses `clone`. */
export const UNKNOWN_CALLS: readonly string[] = ['clone3'];

/** `CLONE_NEW…` of linux/sched.h: cgroup, uts, ipc, user, pid, net, mount. */
const NAMESPACE_FLAGS = 0x7e02_0000;
const SETUID_SETGID = 0o6000;
const O_CREAT = 0o100;
/** linux/socket.h: unix, inet, inet6, netlink. All others are refused, vsock before all, which no network namespace holds back. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** Typing into the terminal that started us; asm-generic/ioctls.h. */
const TIOCSTI = 0x5412;
const WHOLE = 0xffff_ffff;

/** Calls that carry a file's mode: refused when they would make it setuid or setgid. */
function plainMode(
  names: string,
  index: ArgumentCheck['index'],
  flags?: ArgumentCheck['index'],
): GuardedCalls {
  const plain: ArgumentCheck = { index, mask: SETUID_SETGID, value: 0 };
  // Without O_CREAT nobody looks at the mode, and anything may stand there.
  const opening: ArgumentCheck[][] = flags === undefined ? [] : [[{ index: flags, mask: O_CREAT, value: 0 }]];
  return { names: words(names), ways: [[plain], ...opening], errno: EPERM };
}

export const GUARDED_CALLS: readonly GuardedCalls[] = [
  { names: ['clone'], ways: [[{ index: 0, mask: NAMESPACE_FLAGS, value: 0 }]], errno: EPERM },
  plainMode('chmod fchmod mknod creat', 1),
  plainMode('fchmodat fchmodat2 mknodat', 2),
  plainMode('open', 2, 1),
  plainMode('openat', 3, 2),
  {
    names: ['socket'],
    ways: SOCKET_FAMILIES.map((family) => [{ index: 0, mask: WHOLE, value: family }]),
    errno: EAFNOSUPPORT,
  },
  { names: ['ioctl'], ways: [[{ index: 1, mask: WHOLE, value: TIOCSTI, not: true }]], errno: EPERM },
];

/**
 * All others that Linux 6.18 has on x86-64 or arm64. What is in no list is refused: it came later, and nobody has looked
 * at it.
 */
export const ALLOWED_CALLS = words(`
  accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chown clock_getres
  clock_gettime clock_gettime64 clock_nanosleep close close_range connect copy_file_range dup dup2
  dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
  execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchown fchownat
  fcntl fdatasync fgetxattr file_getattr file_setattr flistxattr flock fork fremovexattr fsetxattr
  fstat fstatat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake
  futimesat get_mempolicy get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid
  getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid
  getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr
  getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
  io_getevents io_pgetevents io_setup io_submit ioprio_get ioprio_set kill landlock_add_rule
  landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listmount
  listxattr listxattrat llistxattr lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules
  lsm_set_self_attr lstat madvise map_shadow_stack mbind membarrier memfd_create memfd_secret mincore
  mkdir mkdirat mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive
  mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
  nanosleep newfstatat openat2 pause personality pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc
  pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6
  pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg
  remap_file_pages removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq
  rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
  rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
  sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr
  sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile
  sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list set_tid_address
  setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid
  setreuid setrlimit setsid setsockopt setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown
  sigaltstack signalfd signalfd4 socketpair splice stat statfs statmount statx symlink symlinkat sync
  sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun
  timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
  timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate umask uname unlink unlinkat
  utime utimensat utimes vfork vmsplice wait4 waitid write writev
`);
