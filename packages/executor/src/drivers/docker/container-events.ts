import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCgroupEvents, type CgroupEvents, type CgroupTrees } from '../shared/cgroup.ts';

/** The folders of a process's control groups, from the text of `/proc/PID/cgroup` (cgroups(7)). */
export function cgroupFoldersOf(
  text: string,
  trees: CgroupTrees,
): { memory: string; pids: string } | undefined {
  const paths: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match !== null)
      for (const controller of (match[1] as string).split(',')) paths[controller] = match[2] as string;
  }
  if (trees.version === 2) {
    const path = paths[''];
    return path === undefined ? undefined : { memory: join(trees.root, path), pids: join(trees.root, path) };
  }
  const { memory, pids } = paths;
  if (memory === undefined || pids === undefined) return undefined;
  return { memory: join(trees.memory, memory), pids: join(trees.pids, pids) };
}

/**
 * Follows the limit counters of a container. Its group is gone with it, so the highest that was seen is what counts.
 * Where its group cannot be seen (an engine in a virtual machine), they stay zero.
 */
export function containerEvents(
  container: { readonly id: string; pid(): number | undefined },
  trees: CgroupTrees | undefined,
  /** With more tasks than this in its group it counts as refused one; see `taskLimits`. */
  mostTasks = Number.POSITIVE_INFINITY,
): () => Promise<CgroupEvents> {
  let folders: { memory: string; pids: string } | undefined;
  let highest: CgroupEvents = { oomKills: 0, refusedForks: 0 };
  return async () => {
    const pid = container.pid();
    if (folders === undefined && trees !== undefined && pid !== undefined) {
      const found = cgroupFoldersOf(await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''), trees);
      // A process of that number here may be another than the engine means.
      if (found?.memory.includes(container.id) === true) folders = found;
    }
    if (folders === undefined) return highest;
    const now = await readCgroupEvents(folders);
    const tasks = Number(await readFile(join(folders.pids, 'pids.current'), 'utf8').catch(() => 0));
    highest = {
      oomKills: Math.max(highest.oomKills, now.oomKills),
      refusedForks: Math.max(highest.refusedForks, now.refusedForks, tasks > mostTasks ? 1 : 0),
    };
    return highest;
  };
}
