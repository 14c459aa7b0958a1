import type { BuildLimits, FailureKind } from '@buildsrs/common';

const MIB = 1024 * 1024;

/** What a hostile crate must come to. */
export interface HostileCase {
  readonly crate: string;
  /** Failure kinds that are right; `succeeded` where the attack must simply come to nothing. */
  readonly outcome: readonly (FailureKind | 'succeeded')[];
  readonly limits?: Partial<BuildLimits>;
  /** The crate prints attempts; each must read `refused`. */
  readonly reports?: true;
  /** It is refused before any of its code, or of its dependencies', could run. */
  readonly neverBuilds?: true;
}

/** Small, so that a limit is reached before this machine feels it. */
export const HOSTILE_LIMITS: Partial<BuildLimits> = {
  timeoutMs: 240_000,
  silenceMs: 120_000,
  memoryBytes: 768 * MIB,
  diskBytes: 512 * MIB,
  processes: 128,
  logBytes: 2 * MIB,
  outputBytes: 64 * MIB,
};

export const HOSTILE_CASES: readonly HostileCase[] = [
  { crate: 'read-secrets', outcome: ['build-script-error'] },
  { crate: 'reach-network', outcome: ['build-script-error', 'network-access'], reports: true },
  { crate: 'forbidden-syscalls', outcome: ['build-script-error'], reports: true },
  { crate: 'write-outside', outcome: ['build-script-error'], reports: true },
  { crate: 'hostile-macro', outcome: ['compiler-error'], reports: true },
  { crate: 'change-owners', outcome: ['succeeded'] },
  { crate: 'fork-bomb', outcome: ['too-many-processes'] },
  { crate: 'eat-memory', outcome: ['out-of-memory'] },
  // Without control groups the files' own limits hold, and what has no name counts as nobody's.
  { crate: 'eat-memory-files', outcome: ['out-of-memory', 'build-script-error'] },
  { crate: 'fill-disk', outcome: ['disk-full'] },
  { crate: 'fill-inodes', outcome: ['disk-full'], limits: { diskBytes: 128 * MIB } },
  // cargo keeps a script's output until it ends: two gibibytes of it do not fit into the build's memory.
  { crate: 'print-without-end', outcome: ['out-of-memory', 'build-script-error'] },
  { crate: 'print-past-cargo', outcome: ['build-script-error', 'compiler-error', 'unknown'] },
  { crate: 'sleep-in-silence', outcome: ['silence'], limits: { silenceMs: 4_000 } },
  { crate: 'use-up-the-lease', outcome: ['timeout'], limits: { timeoutMs: 20_000 } },
  { crate: 'outlive', outcome: ['succeeded'] },
  { crate: 'artifact-symlink', outcome: ['bad-output'] },
  // Whatever opens it waits for ever; the silence limit ends that.
  { crate: 'artifact-fifo', outcome: ['bad-output', 'silence'], limits: { silenceMs: 8_000 } },
  { crate: 'artifact-directory', outcome: ['bad-output'] },
  { crate: 'artifact-sparse', outcome: ['output-too-large', 'bad-output', 'disk-full'] },
  { crate: 'artifact-swapped', outcome: ['succeeded', 'bad-output'] },
  { crate: 'descriptor-kept', outcome: ['succeeded'] },
  { crate: 'config-in-crate', outcome: ['succeeded'] },
  { crate: 'lock-checksum', outcome: ['checksum-mismatch'], neverBuilds: true },
  { crate: 'git-dependency', outcome: ['dependency-missing'], neverBuilds: true },
  { crate: 'path-dependency', outcome: ['dependency-missing'], neverBuilds: true },
  { crate: 'other-registry', outcome: ['dependency-missing'], neverBuilds: true },
  { crate: 'patch-in-manifest', outcome: ['bad-manifest', 'dependency-missing'] },
  { crate: 'odd-strings', outcome: ['succeeded', 'bad-manifest'] },
  {
    crate: 'signal-everyone',
    outcome: ['unknown', 'build-script-error', 'executor-error', 'out-of-memory', 'compiler-error'],
  },
];
