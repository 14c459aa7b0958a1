import { readdir, readFile } from 'node:fs/promises';
import { until } from './until.ts';

/** The processes of a user on this machine, by any of real, effective, saved and file system uid; zombies are none. */
export async function processesOf(uid: number): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? [];
    if (uids.includes(uid) && !/^State:\s+[ZX]/m.test(status)) pids.push(Number(name));
  }
  return pids;
}

/** Kills every process of a user until there is none. False when some cannot be killed (stuck in the kernel). */
export async function killProcessesOf(uid: number, deadlineMs = 30_000): Promise<boolean> {
  if (uid === 0 || uid === process.getuid?.())
    throw new Error(`refusing to kill all processes of uid ${uid}`);
  return until(async () => {
    const pids = await processesOf(uid);
    for (const pid of pids) killHard(pid);
    return pids.length === 0;
  }, deadlineMs);
}

/** SIGKILL; that it is gone already is no error. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
