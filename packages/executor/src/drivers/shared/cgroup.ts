import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import { ExecutorError } from '../../errors.ts';
import { isOwnerAlive } from './owner.ts';
import { until } from './until.ts';
import { killHard } from './user-processes.ts';

/** Where control groups are on this machine: one tree (v2), or one a controller (v1). */
export type CgroupTrees =
  | { readonly version: 2; readonly root: string }
  | { readonly version: 1; readonly memory: string; readonly pids: string; readonly cpu: string };

/** What a group's kernel counters say: how often a limit was hit since the group began. */
export interface CgroupEvents {
  readonly oomKills: number;
  readonly refusedForks: number;
}

const PARENT = 'buildsrs';
/** Microseconds; the kernel's default period of CPU bandwidth control. */
const CPU_PERIOD_US = 100_000;

/** Finds where control groups are mounted, from the text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export function findCgroupTrees(mountInfo: string): CgroupTrees | undefined {
  const v1: Record<string, string> = {};
  let v2: string | undefined;
  for (const line of mountInfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const mountPoint = left.split(' ')[4];
    const [type, , superOptions = ''] = right.split(' ');
    if (mountPoint === undefined) continue;
    if (type === 'cgroup2') v2 = mountPoint;
    if (type !== 'cgroup') continue;
    for (const controller of superOptions.split(',')) v1[controller] = mountPoint;
  }
  const { memory, pids, cpu } = v1;
  if (memory !== undefined && pids !== undefined && cpu !== undefined)
    return { version: 1, memory, pids, cpu };
  if (v2 === undefined) return undefined;
  return { version: 2, root: v2 };
}

/** The folders of a group, by controller; the same thrice in v2. */
interface GroupFolders {
  readonly memory: string;
  readonly pids: string;
  readonly cpu: string;
}

function foldersOf(trees: CgroupTrees, name: string): GroupFolders {
  const below = (root: string): string => join(root, PARENT, name);
  return trees.version === 1
    ? { memory: below(trees.memory), pids: below(trees.pids), cpu: below(trees.cpu) }
    : { memory: below(trees.root), pids: below(trees.root), cpu: below(trees.root) };
}

/** One build's control group. */
export class BuildCgroup implements AsyncDisposable {
  readonly #trees: CgroupTrees;
  readonly #folders: GroupFolders;

  private constructor(trees: CgroupTrees, name: string) {
    this.#trees = trees;
    this.#folders = foldersOf(trees, name);
  }

  /** Makes a group with the limits of a build; swap is zero where it is accounted. */
  static async create(trees: CgroupTrees, name: string, limits: BuildLimits): Promise<BuildCgroup> {
    const group = new BuildCgroup(trees, name);
    try {
      await group.#make(limits);
    } catch (error) {
      await group[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
    return group;
  }

  /** A group that is there already, from a process that is gone. */
  static leftover(trees: CgroupTrees, name: string): BuildCgroup {
    return new BuildCgroup(trees, name);
  }

  /** The files a process writes `0` to, to enter. */
  get entries(): readonly string[] {
    return this.#all.map((folder) => join(folder, 'cgroup.procs'));
  }

  async events(): Promise<CgroupEvents> {
    return readCgroupEvents(this.#folders);
  }

  /** Kills every process in it until there is none. */
  async kill(deadlineMs = 30_000): Promise<void> {
    const empty = await until(async () => {
      const pids = await this.#processes();
      for (const pid of pids) killHard(pid);
      return pids.length === 0;
    }, deadlineMs);
    if (!empty)
      throw new ExecutorError('Processes of a build cannot be killed; they are stuck in the kernel.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const folder of this.#all) {
      // A group stays busy for moments after its last process is gone.
      const gone = await until(
        async () =>
          rmdir(folder).then(
            () => true,
            (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
          ),
        30_000,
      );
      if (!gone) throw new ExecutorError(`The control group ${folder} cannot be removed.`);
    }
  }

  get #all(): readonly string[] {
    return [...new Set(Object.values(this.#folders) as string[])];
  }

  async #processes(): Promise<number[]> {
    const text = await readFile(join(this.#folders.pids, 'cgroup.procs'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map(Number);
  }

  async #make(limits: BuildLimits): Promise<void> {
    const { memory, pids, cpu } = this.#folders;
    const trees = this.#trees;
    if (trees.version === 2) {
      await mkdir(join(trees.root, PARENT), { recursive: true });
      const controllers = '+memory +pids +cpu';
      await writeFile(join(trees.root, 'cgroup.subtree_control'), controllers);
      await writeFile(join(trees.root, PARENT, 'cgroup.subtree_control'), controllers);
    }
    for (const folder of this.#all) await mkdir(folder, { recursive: true });
    const quota = Math.round(limits.cpus * CPU_PERIOD_US);
    await writeFile(join(pids, 'pids.max'), String(limits.processes));
    if (trees.version === 1) {
      await writeFile(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes));
      const withSwap = join(memory, 'memory.memsw.limit_in_bytes');
      if (existsSync(withSwap)) await writeFile(withSwap, String(limits.memoryBytes));
      await writeFile(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
      await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quota));
      return;
    }
    await writeFile(join(memory, 'memory.max'), String(limits.memoryBytes));
    await writeFile(join(memory, 'memory.oom.group'), '1');
    const swap = join(memory, 'memory.swap.max');
    if (existsSync(swap)) await writeFile(swap, '0');
    await writeFile(join(cpu, 'cpu.max'), `${quota} ${CPU_PERIOD_US}`);
  }
}

/** Reads a group's counters; zero for what cannot be read. */
export async function readCgroupEvents(folders: { memory: string; pids: string }): Promise<CgroupEvents> {
  const counter = async (file: string, name: string): Promise<number> => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  const v1 = join(folders.memory, 'memory.oom_control');
  return {
    oomKills: await counter(existsSync(v1) ? v1 : join(folders.memory, 'memory.events'), 'oom_kill'),
    refusedForks: await counter(join(folders.pids, 'pids.events'), 'max'),
  };
}

/**
 * The control groups of this machine, when groups with limits can be made in them: tried, not guessed, as they are
 * often mounted read-only or delegated without controllers.
 */
export async function usableCgroupTrees(probeName: string): Promise<CgroupTrees | undefined> {
  if (process.platform !== 'linux') return undefined;
  const trees = findCgroupTrees(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (trees === undefined) return undefined;
  const limits = { memoryBytes: 64 * 1024 * 1024, processes: 16, cpus: 1 } as BuildLimits;
  try {
    await using group = await BuildCgroup.create(trees, probeName, limits);
    return group.entries.length > 0 ? trees : undefined;
  } catch {
    return undefined;
  }
}

/** Removes groups (`OWNER.ID`) whose owner is gone, and what still runs in them. */
export async function removeLeftoverCgroups(trees: CgroupTrees): Promise<void> {
  const roots = trees.version === 1 ? [trees.memory, trees.pids, trees.cpu] : [trees.root];
  const names = new Set<string>();
  for (const root of roots) {
    for (const entry of await readdir(join(root, PARENT), { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory() && !isOwnerAlive(entry.name.split('.')[0] ?? '')) names.add(entry.name);
    }
  }
  for (const name of names) await BuildCgroup.leftover(trees, name)[Symbol.asyncDispose]();
}
