import { words } from '../shared/words.ts';

/** A machine's numbers for the calls our deny list names; a call a machine does not have is left out. */
export interface SyscallTable {
  /** `AUDIT_ARCH_…` of linux/audit.h, as a filter sees it. */
  readonly auditArch: number;
  /** Numbers from here on belong to a second ABI of the same architecture (x32). */
  readonly secondAbiFrom?: number;
  /** The highest number we know what it means; Linux 6.18. */
  readonly newest: number;
  readonly numbers: Readonly<Record<string, number>>;
}

function numbers(table: string): Record<string, number> {
  return Object.fromEntries(
    words(table).map((entry) => {
      const [name = '', number] = entry.split('=');
      return [name, Number(number)];
    }),
  );
}

/** The same on every architecture, as all calls since Linux 5.1. */
const COMMON = numbers(`
  io_uring_setup=425 io_uring_enter=426 io_uring_register=427 open_tree=428 move_mount=429 fsopen=430
  fsconfig=431 fsmount=432 fspick=433 clone3=435 pidfd_getfd=438 process_madvise=440 mount_setattr=442
  quotactl_fd=443 fchmodat2=452 open_tree_attr=467
`);

/** file_setattr, as ever since 5.1 the same on all. */
const NEWEST = 469;

/** Linux's own tables: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
const TABLES: Readonly<Record<string, SyscallTable>> = {
  x64: {
    auditArch: 0xc000_003e,
    secondAbiFrom: 0x4000_0000,
    newest: NEWEST,
    numbers: {
      ...COMMON,
      ...numbers(`
        open=2 ioctl=16 socket=41 clone=56 creat=85 chmod=90 fchmod=91 ptrace=101 syslog=103
        mknod=133 uselib=134 ustat=136 sysfs=139 vhangup=153 modify_ldt=154 pivot_root=155
        _sysctl=156 adjtimex=159 chroot=161 acct=163 settimeofday=164 mount=165 umount2=166
        swapon=167 swapoff=168 reboot=169 sethostname=170 setdomainname=171 iopl=172 ioperm=173
        create_module=174 init_module=175 delete_module=176 get_kernel_syms=177 query_module=178
        quotactl=179 nfsservctl=180 lookup_dcookie=212 clock_settime=227 kexec_load=246 add_key=248
        request_key=249 keyctl=250 migrate_pages=256 openat=257 mknodat=259 fchmodat=268 unshare=272
        move_pages=279 perf_event_open=298 fanotify_init=300 fanotify_mark=301 name_to_handle_at=303
        open_by_handle_at=304 clock_adjtime=305 setns=308 process_vm_readv=310 process_vm_writev=311
        kcmp=312 finit_module=313 kexec_file_load=320 bpf=321 userfaultfd=323
      `),
    },
  },
  arm64: {
    auditArch: 0xc000_00b7,
    newest: NEWEST,
    numbers: {
      ...COMMON,
      ...numbers(`
        lookup_dcookie=18 ioctl=29 mknodat=33 umount2=39 mount=40 pivot_root=41 nfsservctl=42
        chroot=51 fchmod=52 fchmodat=53 openat=56 vhangup=58 quotactl=60 acct=89 unshare=97
        kexec_load=104 init_module=105 delete_module=106 clock_settime=112 syslog=116 ptrace=117
        reboot=142 sethostname=161 setdomainname=162 settimeofday=170 adjtimex=171 socket=198
        add_key=217 request_key=218 keyctl=219 clone=220 swapon=224 swapoff=225 migrate_pages=238
        move_pages=239 perf_event_open=241 fanotify_init=262 fanotify_mark=263 name_to_handle_at=264
        open_by_handle_at=265 clock_adjtime=266 setns=268 process_vm_readv=270 process_vm_writev=271
        kcmp=272 finit_module=273 bpf=280 userfaultfd=282 kexec_file_load=294
      `),
    },
  },
};

/** The table of an architecture as Node names it (`process.arch`); `undefined` where we have none. */
export function syscallTable(arch: string): SyscallTable | undefined {
  return TABLES[arch];
}
