import { expect, it } from 'vitest';
import { qemuArgs } from './qemu-args.ts';

const parts = {
  images: '/images',
  accelerator: 'tcg',
  kvmFd: undefined,
  memoryBytes: 100 * 1024 ** 2 + 1,
  processors: 2,
  disks: [
    { name: 'root', fds: [6] },
    { name: 'build', fds: [7, 8] },
  ],
  fds: { control: 3, stdout: 4, stderr: 5 },
} as const;

it('has no network, no display, no monitor, and may start nothing', () => {
  const line = qemuArgs(parts).join(' ');
  for (const part of [
    '-nic none',
    '-display none',
    '-monitor none',
    '-nodefaults',
    'spawn=deny',
    '-no-reboot',
  ])
    expect(line).toContain(part);
  expect(line).not.toMatch(/netdev|virtio-net|vsock|9p|virtiofs|usb/);
});

it('gives disks by descriptor, writable where there is one to write', () => {
  const line = qemuArgs(parts).join(' ');
  expect(line).toContain('-add-fd fd=6,set=1 -drive if=none,id=root,file=/dev/fdset/1,');
  expect(line).toMatch(/id=root,[^ ]*readonly=on/);
  expect(line).toContain('-add-fd fd=7,set=2 -add-fd fd=8,set=2');
  expect(line).toMatch(/id=build,[^ ]*readonly=off/);
  expect(line).toContain('serial=build');
});

it('emulates only when told to', () => {
  expect(qemuArgs(parts)).toContain('tcg');
  const kvm = qemuArgs({ ...parts, accelerator: 'kvm', kvmFd: 9 }).join(' ');
  expect(kvm).toContain('-add-fd fd=9,set=100 -accel kvm,device=/dev/fdset/100 -cpu host');
});

it('rounds memory up', () => {
  expect(qemuArgs(parts).join(' ')).toContain('-m 101M');
});
