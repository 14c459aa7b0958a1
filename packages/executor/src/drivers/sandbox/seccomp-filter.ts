import { DENIED_CALLS, type DeniedCalls } from '../shared/denied-syscalls.ts';
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

/** The instructions of one rule: its checks in turn, each leading past the rule when it does not hold. */
function ruleCode({ checks, errno }: DeniedCalls): Instruction[] {
  const code = [give(ERRNO | errno)];
  for (const { index, mask, value } of checks.toReversed()) {
    const and: Instruction = { code: AND, jumpTrue: 0, jumpFalse: 0, k: mask };
    code.unshift(load(argumentOffset(index)), and, jump(JUMP_EQUAL, value, 0, code.length));
  }
  return code;
}

/**
 * Compiles the deny list to a seccomp filter as `bwrap --seccomp` reads it: an array of `struct sock_filter`. Calls of
 * another ABI (ia32, x32), whose numbers mean other calls, end the process.
 */
export function seccompFilter(table: SyscallTable, rules: readonly DeniedCalls[] = DENIED_CALLS): Buffer {
  const program: Instruction[] = [
    load(ARCH_OFFSET),
    jump(JUMP_EQUAL, table.auditArch, 1, 0),
    give(KILL_PROCESS),
    load(NUMBER_OFFSET),
  ];
  if (table.secondAbiFrom !== undefined)
    program.push(jump(JUMP_GREATER_EQUAL, table.secondAbiFrom, 0, 1), give(KILL_PROCESS));
  const names = new Set(rules.flatMap((rule) => rule.names));
  for (const name of names) {
    const number = table.numbers[name];
    if (number === undefined) continue;
    const own = rules.filter((rule) => rule.names.includes(name));
    const block = [...own.flatMap(ruleCode), give(ALLOW)];
    program.push(jump(JUMP_EQUAL, number, 0, block.length), ...block);
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
