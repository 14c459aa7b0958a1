import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import { DISKS_DIR } from '../shared/build-disk.ts';
import { words } from '../shared/words.ts';
import type { SandboxSources } from './bwrap-args.ts';

/**
 * Run by root in a mount namespace of its own, before the build's user takes over. That user cannot walk into folders
 * only root may enter (a toolchain in root's home, the data folder), and a bubblewrap started by root would map the
 * build's user to root on the host (research/reliability.md §1.3). So: mount what it needs where it can reach it, enter
 * the control groups, drop to it, and only then bubblewrap. Nothing of this is seen in the host's mount table.
 *
 * Arguments: stage folder, build, cargo, toolchain or '', CA bundle or '', folder of disks, control group files
 * (separated by spaces), umask, then the command.
 */
const SCRIPT = `
set -eu
stage=$1 build=$2 cargo=$3 toolchain=$4 ca=$5 disks=$6 groups=$7
umask "$8"
shift 8
# Copies of other builds' disks in this namespace would keep them from being removed.
for disk in "$disks"/*; do
  [ "$disk" = "$build" ] || umount -l "$disk" 2>/dev/null || :
done
mount -t tmpfs -o mode=0755,size=64k,nosuid,nodev none "$stage"
place() {
  mount --bind -- "$1" "$2"
  mount -o "remount,bind,nosuid,nodev$3" -- "$2"
}
mkdir "$stage/build" "$stage/cargo"
place "$build" "$stage/build" ''
place "$cargo" "$stage/cargo" ''
if [ -n "$toolchain" ]; then
  mkdir "$stage/toolchain"
  place "$toolchain" "$stage/toolchain" ',ro'
fi
if [ -n "$ca" ]; then
  : > "$stage/ca.pem"
  place "$ca" "$stage/ca.pem" ',ro'
fi
for group in $groups; do
  echo 0 > "$group"
done
exec "$@"
`;

/** What one sandbox is started with. */
export interface LaunchOptions {
  readonly sources: SandboxSources;
  readonly limits: BuildLimits;
  /** Files of control groups to enter; empty where there are none. */
  readonly cgroupEntries: readonly string[];
  /** When we are root. */
  readonly asRoot?: {
    /** An empty folder everybody can reach. */
    readonly stage: string;
    readonly uid: number;
    readonly gid: number;
  };
}

const OPEN_FILES = 65_536;

/** How many open files this process may allow itself and others at most (proc_pid_limits(5)). */
function hardOpenFiles(): number {
  const limit = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? OPEN_FILES : Number(limit);
}

/** Where root's script puts the sources. */
export function stagedSources(sources: SandboxSources, stage: string): SandboxSources {
  return {
    build: join(stage, 'build'),
    cargo: join(stage, 'cargo'),
    system: sources.system,
    toolchain: sources.toolchain === undefined ? undefined : join(stage, 'toolchain'),
    caBundle: sources.caBundle === undefined ? undefined : join(stage, 'ca.pem'),
    etc: sources.etc,
  };
}

/** The whole command line that ends in bubblewrap with these arguments. */
export function launchArgv(bwrap: readonly string[], options: LaunchOptions): [string, ...string[]] {
  const { sources, limits, cgroupEntries, asRoot } = options;
  const openFiles = Math.min(OPEN_FILES, hardOpenFiles());
  // Without control groups the processes of a user of its own can be counted; they are looked after by polling too.
  const own = cgroupEntries.length === 0 && asRoot !== undefined ? `--nproc=${limits.processes}` : '';
  const limited = words(`prlimit --core=0 --nofile=${openFiles}:${openFiles} ${own} --`);
  if (asRoot === undefined) return ['env', ...limited, 'bwrap', ...bwrap];
  const { stage, uid, gid } = asRoot;
  const mounts = [stage, sources.build, sources.cargo, sources.toolchain ?? '', sources.caBundle ?? ''];
  const script = ['sh', '-c', SCRIPT, 'launch', ...mounts, DISKS_DIR, cgroupEntries.join(' '), '022'];
  const drop = words(`setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs --`);
  const unshare = words('--mount --propagation private --');
  return ['unshare', ...unshare, ...script, ...limited, ...drop, 'bwrap', ...bwrap];
}
