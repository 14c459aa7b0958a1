import { join } from 'node:path';
import type { VmAccelerator } from './vm-options.ts';

/** A disk of a machine. QEMU gets it as an open file, so that a user who cannot walk to it can have it. */
export interface MachineDisk {
  /** By which the machine finds it, whatever its order. */
  readonly name: 'job' | 'root' | 'cargo' | 'build' | 'out';
  /** Open for reading; and for reading and writing as well, where the machine may write it. */
  readonly fds: readonly [reading: number, writing?: number];
}

/** What one machine is made of. */
export interface MachineParts {
  /** {@link VmImages.folder} */
  readonly images: string;
  readonly accelerator: VmAccelerator;
  /** An open `/dev/kvm`, for `kvm`. */
  readonly kvmFd: number | undefined;
  readonly memoryBytes: number;
  readonly processors: number;
  readonly disks: readonly MachineDisk[];
  /** Sockets: the first serial port, and the output of the command. */
  readonly fds: { readonly control: number; readonly stdout: number; readonly stderr: number };
}

/**
 * `no_timer_check`: under an emulator that has to wait for its turn the kernel finds its timer too slow, and panics.
 * Any panic or oops ends the machine.
 */
const KERNEL_COMMAND = 'console=ttyS0 quiet panic=-1 oops=panic no_timer_check random.trust_cpu=on';
const MIB = 1024 * 1024;

function disk({ name, fds }: MachineDisk, set: number): string[] {
  // QEMU looks at a disk before it opens it for writing, and takes a descriptor of the set that fits either.
  const file = `file=/dev/fdset/${set},format=raw,file.locking=off,cache=unsafe`;
  return [
    ...fds.flatMap((fd) => ['-add-fd', `fd=${fd},set=${set}`]),
    '-drive',
    `if=none,id=${name},${file},readonly=${fds.length > 1 ? 'off' : 'on'}`,
    '-device',
    `virtio-blk-pci,drive=${name},serial=${name}`,
  ];
}

function socket(id: string, fd: number): string[] {
  return ['-chardev', `socket,id=${id},fd=${fd}`];
}

/**
 * The arguments of QEMU for one machine: no network device, no display, no monitor, no way to start a program of the host
 * (research/vm.md §5). Nothing it writes outlives the build, so no write waits for a disk.
 */
export function qemuArgs(parts: MachineParts): string[] {
  const { images, accelerator, kvmFd, disks, fds } = parts;
  const kvm = kvmFd === undefined ? [] : ['-add-fd', `fd=${kvmFd},set=100`];
  const device = kvmFd === undefined ? '' : ',device=/dev/fdset/100';
  return [
    ...['-L', join(images, 'share'), '-name', 'build', '-machine', 'q35', ...kvm],
    ...['-accel', `${accelerator}${device}`, '-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ...['-smp', String(parts.processors), '-m', `${Math.ceil(parts.memoryBytes / MIB)}M`],
    ...[
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-monitor',
      'none',
      '-nic',
      'none',
      '-no-reboot',
    ],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-kernel', join(images, 'kernel'), '-initrd', join(images, 'initrd.gz'), '-append', KERNEL_COMMAND],
    ...disks.flatMap((entry, index) => disk(entry, index + 1)),
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
    ...[...socket('control', fds.control), '-serial', 'chardev:control'],
    ...[...socket('stdout', fds.stdout), '-device', 'virtserialport,chardev=stdout,name=stdout'],
    ...[...socket('stderr', fds.stderr), '-device', 'virtserialport,chardev=stderr,name=stderr'],
  ];
}
