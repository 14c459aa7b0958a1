import { words } from './words.ts';
import { mkdir, open, readdir, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExecutorError } from '../../errors.ts';
import { treeBytes } from '../../files.ts';
import { isOwnerAlive, ownerToken } from './owner.ts';
import { runTool } from './run-tool.ts';
import { until } from './until.ts';

/** Where a build writes. */
export interface BuildDisk extends AsyncDisposable {
  /** The writable folder, as the host sees it. */
  readonly dir: string;
  /** Whether the build filled it. */
  isFull(): Promise<boolean>;
}

/** Below these a file system counts as full: what a last short write could not use. */
const SPARE_BYTES = 1024 * 1024;
const SPARE_INODES = 4;

/** Where disks are mounted; a fixed place, so that a namespace can leave those of other builds, whoever made them. */
export const DISKS_DIR = '/run/buildsrs/disks';

/**
 * A file system of a fixed size in a sparse file: the quota that works everywhere where we are root. Without a journal
 * and barriers, as it never outlives the build: unmounting then costs a seventh (1.16 s → 0.15 s after 600 MB).
 */
export async function openLoopDisk(options: {
  readonly id: string;
  /** Where its file is made. */
  readonly image: string;
  readonly bytes: number;
  readonly user: { readonly uid: number; readonly gid: number };
}): Promise<BuildDisk> {
  const mountPoint = join(DISKS_DIR, `${ownerToken()}.${options.id}`);
  const remove = async (): Promise<void> => {
    await unmount(mountPoint);
    await rmdir(mountPoint).catch(() => {});
    await rm(options.image, { force: true });
  };
  try {
    // Closed to build users: what is mounted here is reached only through a mount of their own.
    await mkdir(dirname(DISKS_DIR), { recursive: true, mode: 0o755 });
    await mkdir(DISKS_DIR, { recursive: true, mode: 0o700 });
    await mkdir(mountPoint, { mode: 0o700 });
    await makeSparse(options.image, options.bytes);
    const extended = `lazy_itable_init=1,nodiscard,root_owner=${options.user.uid}:${options.user.gid}`;
    const format = words(`-q -F -m 0 -O ^has_journal -E ${extended}`);
    await must('mkfs.ext4', [...format, '--', options.image]);
    await must('mount', ['-o', 'loop,nosuid,nodev,noatime,barrier=0', '--', options.image, mountPoint]);
    await rmdir(join(mountPoint, 'lost+found'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { dir: mountPoint, isFull: async () => isFileSystemFull(mountPoint), [Symbol.asyncDispose]: remove };
}

/** A plain folder; its size is looked after from outside. Removing it is the workspace's business. */
export async function openFolderDisk(dir: string, bytes: number): Promise<BuildDisk> {
  await mkdir(dir, { mode: 0o700 });
  return {
    dir,
    isFull: async () => (await treeBytes(dir, bytes)) > bytes,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Whether loop disks can be made here: tried with a small one. Gives what went wrong, or `undefined`. */
export async function loopDiskProblem(dir: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const id = `probe-${process.hrtime.bigint()}`;
  const user = { uid: 0, gid: 0 };
  try {
    await mkdir(dir, { recursive: true });
    await using disk = await openLoopDisk({
      id,
      image: join(dir, `${id}.img`),
      bytes: 4 * SPARE_BYTES,
      user,
    });
    return disk.dir === '' ? 'no mount point' : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Unmounts disks whose builder is gone. Their files lie in workspaces, which are removed as such. */
export async function removeLeftoverDisks(): Promise<void> {
  for (const name of await readdir(DISKS_DIR).catch(() => [])) {
    if (isOwnerAlive(name.split('.')[0] ?? '')) continue;
    const mountPoint = join(DISKS_DIR, name);
    await unmount(mountPoint);
    await rmdir(mountPoint).catch(() => {});
  }
}

async function makeSparse(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const run = await runTool(program, args);
  if (run.exitCode !== 0) {
    const reason = run.exitCode === 127 ? 'it is not installed' : run.stderr.trim();
    throw new ExecutorError(`${program} failed: ${reason}`);
  }
}

async function isFileSystemFull(dir: string): Promise<boolean> {
  const { bavail, bsize, ffree } = await statfs(dir);
  return bavail * bsize < SPARE_BYTES || ffree < SPARE_INODES;
}

/** Unmounts what is mounted at a place; nothing there is fine. Lazily only when it stays busy. */
async function unmount(mountPoint: string): Promise<void> {
  const gone = await until(async () => {
    const { exitCode, stderr } = await runTool('umount', [mountPoint]);
    return exitCode === 0 || /not mounted|no mount point|not found/.test(stderr);
  }, 10_000);
  if (!gone) await runTool('umount', ['-l', mountPoint]);
}
