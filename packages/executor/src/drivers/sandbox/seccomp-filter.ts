import {
  ENOSYS,
  EPERM,
  GUARDED_CALLS,
  REFUSED_CALLS,
  UNKNOWN_CALLS,
  type GuardedCalls,
} from '../shared/syscall-policy.ts';
import type { SyscallTable } from './syscall-numbers.ts';

/** One instruction of classic BPF: `struct sock_filter` of linux/filter.h. */
interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

// linux/bpf_common.h: LD|W|ABS, ALU|AND|K, JMP|JEQ|K, JMP|JGE|K, RET|K.
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const RETURN = 0x06;
// linux/seccomp.h
const KILL_PROCESS = 0x8000_0000;
const ERRNO = 0x0005_0000;
const ALLOW = 0x7fff_0000;
// struct seccomp_data: nr, arch, instruction pointer, six arguments of 8 bytes, low half first on little-endian machines.
const NUMBER_OFFSET = 0;
const ARCH_OFFSET = 4;
const argumentOffset = (index: number): number => 16 + 8 * index;

/** A jump counts instructions in one byte. */
const LONGEST_JUMP = 255;

const load = (offset: number): Instruction => ({ code: LOAD, jumpTrue: 0, jumpFalse: 0, k: offset });
const give = (action: number): Instruction => ({ code: RETURN, jumpTrue: 0, jumpFalse: 0, k: action });
const jump = (code: number, k: number, jumpTrue: number, jumpFalse: number): Instruction => {
  if (Math.max(jumpTrue, jumpFalse) > LONGEST_JUMP) throw new RangeError('a jump of the filter is too long');
  return { code, jumpTrue, jumpFalse, k };
};

/** The instructions for a guarded call: each way's checks in turn, a check that fails leading to the next way. */
function guardCode({ ways, errno }: GuardedCalls): Instruction[] {
  const program = ways.flatMap((checks) => {
    const code = [give(ALLOW)];
    for (const { index, mask, value, not } of checks.toReversed()) {
      const [onEqual, onOther] = not ? [code.length, 0] : [0, code.length];
      const and: Instruction = { code: AND, jumpTrue: 0, jumpFalse: 0, k: mask };
      code.unshift(load(argumentOffset(index)), and, jump(JUMP_EQUAL, value, onEqual, onOther));
    }
    return code;
  });
  return [...program, give(ERRNO | errno)];
}

/**
 * Compiles the policy to a seccomp filter as `bwrap --seccomp` reads it: an array of `struct sock_filter`. Calls of
 * another ABI (ia32, x32), whose numbers mean other calls, end the process; calls newer than our table fail as if the
 * kernel had none.
 */
export function seccompFilter(table: SyscallTable): Buffer {
  const program: Instruction[] = [
    load(ARCH_OFFSET),
    jump(JUMP_EQUAL, table.auditArch, 1, 0),
    give(KILL_PROCESS),
    load(NUMBER_OFFSET),
  ];
  if (table.secondAbiFrom !== undefined)
    program.push(jump(JUMP_GREATER_EQUAL, table.secondAbiFrom, 0, 1), give(KILL_PROCESS));
  program.push(jump(JUMP_GREATER_EQUAL, table.newest + 1, 0, 1), give(ERRNO | ENOSYS));
  const blocks: (readonly [readonly string[], Instruction[]])[] = [
    ...GUARDED_CALLS.map((guarded) => [guarded.names, guardCode(guarded)] as const),
    [REFUSED_CALLS, [give(ERRNO | EPERM)]],
    [UNKNOWN_CALLS, [give(ERRNO | ENOSYS)]],
  ];
  for (const [names, block] of blocks) {
    for (const name of names) {
      const number = table.numbers[name];
      if (number !== undefined) program.push(jump(JUMP_EQUAL, number, 0, block.length), ...block);
    }
  }
  program.push(give(ALLOW));
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jumpTrue, jumpFalse, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jumpTrue, index * 8 + 2);
    bytes.writeUInt8(jumpFalse, index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
