import { failure, type Failure, type FailureKind } from '@buildsrs/common';
import type { FailedBuild } from './build-failure.ts';
import { cargoError } from './excerpt.ts';

/** What the system says when a limit of its own was reached: errno texts of libc, as Rust's standard library prints them. */
const SYSTEM_SENTENCES: readonly (readonly [FailureKind, RegExp])[] = [
  ['disk-full', /No space left on device \(os error 28\)|Disk quota exceeded \(os error 122\)/],
  [
    'out-of-memory',
    // A compiler or script that was sent SIGKILL by nobody of ours was the kernel's choice.
    /\(signal: 9, SIGKILL: kill\)|Cannot allocate memory \(os error 12\)|memory allocation of \d+ bytes failed|LLVM ERROR: out of memory|rustc-LLVM ERROR: out of memory/,
  ],
  [
    'too-many-processes',
    /(?:failed to spawn|could not execute process|cannot fork)[^]{0,400}Resource temporarily unavailable|fork: retry: Resource temporarily unavailable/,
  ],
];

/** Whether the build ran out of something the kernel gives, with no word from the driver's own limits. */
export function recogniseExhaustion(build: FailedBuild): Failure | undefined {
  const said = [build.stderr, ...build.errors.flatMap((error) => [error.message, ...error.notes])].join('\n');
  for (const [kind, sentence] of SYSTEM_SENTENCES) {
    const match = sentence.exec(said);
    if (match !== null) return failure(kind, `${match[0].slice(0, 200)}\n${cargoError(build.stderr)}`);
  }
  return undefined;
}
