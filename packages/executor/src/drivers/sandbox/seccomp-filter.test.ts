import { describe, expect, it } from 'vitest';
import { ALLOWED_CALLS, GUARDED_CALLS, REFUSED_CALLS, UNKNOWN_CALLS } from '../shared/syscall-policy.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { syscallTable, type SyscallTable } from './syscall-numbers.ts';

const KILL = 0x8000_0000;
const ALLOW = 0x7fff_0000;
const errno = (number: number): number => 0x0005_0000 | number;

/** Runs a filter as the kernel would (Documentation/networking/filter.rst), for the instructions we use. */
function run(filter: Buffer, call: { arch: number; number: number; args?: readonly number[] }): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [index, arg] of (call.args ?? []).entries()) data.writeUInt32LE(arg >>> 0, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const code = filter.readUInt16LE(at * 8);
    const [onTrue, onFalse] = [filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    const k = filter.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return k;
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x15) at += accumulator === k ? onTrue : onFalse;
    else if (code === 0x35) at += accumulator >= k ? onTrue : onFalse;
    else throw new Error(`instruction ${code}`);
  }
}

describe.each(['x64', 'arm64'])('the filter of %s', (arch) => {
  const table = syscallTable(arch) as SyscallTable;
  const filter = seccompFilter(table);
  const call = (name: string, ...args: number[]): number =>
    run(filter, { arch: table.auditArch, number: table.numbers[name] as number, args });

  it('refuses what a build has no use for', () => {
    const known = REFUSED_CALLS.filter((name) => table.numbers[name] !== undefined);
    expect(known.length).toBeGreaterThan(40);
    for (const name of known) expect(call(name), name).toBe(errno(1));
    for (const name of UNKNOWN_CALLS) expect(call(name), name).toBe(errno(38));
  });

  it('lets through what no list names by number, and nothing newer than the table', () => {
    const named = new Set(Object.values(table.numbers));
    for (let number = 0; number <= table.newest; number += 1)
      if (!named.has(number)) expect(run(filter, { arch: table.auditArch, number }), `${number}`).toBe(ALLOW);
    expect(run(filter, { arch: table.auditArch, number: table.newest + 1 })).toBe(errno(38));
  });

  it('lets threads and processes be made, but no namespaces', () => {
    expect(call('clone', 0x003d_0f00)).toBe(ALLOW);
    expect(call('clone', 17)).toBe(ALLOW);
    for (const flag of [
      0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ])
      expect(call('clone', flag | 17)).toBe(errno(1));
  });

  it('lets files have plain modes only', () => {
    expect(call('fchmod', 3, 0o755)).toBe(ALLOW);
    expect(call('fchmod', 3, 0o4755)).toBe(errno(1));
    expect(call('fchmodat', -100, 0, 0o2755)).toBe(errno(1));
    expect(call('fchmodat2', -100, 0, 0o6755)).toBe(errno(1));
    expect(call('openat', -100, 0, 0o101, 0o4755)).toBe(errno(1));
    expect(call('openat', -100, 0, 0o101, 0o644)).toBe(ALLOW);
    // Without O_CREAT the mode is whatever the register held.
    expect(call('openat', -100, 0, 0, 0o4755)).toBe(ALLOW);
  });

  it('knows four families of sockets', () => {
    for (const family of [1, 2, 10, 16]) expect(call('socket', family)).toBe(ALLOW);
    for (const family of [0, 17, 38, 40, 999]) expect(call('socket', family)).toBe(errno(97));
  });

  it('lets nobody type into a terminal', () => {
    expect(call('ioctl', 0, 0x5412)).toBe(errno(1));
    expect(call('ioctl', 0, 0x5413)).toBe(ALLOW);
  });

  it('ends a process that calls by another ABI', () => {
    const number = table.numbers['ioctl'] as number;
    expect(run(filter, { arch: 0x4000_0003, number })).toBe(KILL);
    if (table.secondAbiFrom !== undefined)
      expect(run(filter, { arch: table.auditArch, number: table.secondAbiFrom + number })).toBe(KILL);
  });
});

it('names every call at most once', () => {
  const names = [
    ...ALLOWED_CALLS,
    ...REFUSED_CALLS,
    ...UNKNOWN_CALLS,
    ...GUARDED_CALLS.flatMap((g) => g.names),
  ];
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('has no table for a machine it does not know', () => {
  expect(syscallTable('mips')).toBeUndefined();
});
