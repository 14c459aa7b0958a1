import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.ts';

/**
 * Stops the server that a parent which was killed has left on these files, if there is one. Whoever calls this holds
 * the folder's lock, so nobody else means to use it.
 */
export async function stopLeftover(cluster: string): Promise<void> {
  const pid = await leftoverPid(cluster);
  if (pid === undefined) return;
  const identity = await processIdentity(pid);
  const isThere = async () => identity !== undefined && (await processIdentity(pid)) === identity;
  // Fast shutdown, then immediate shutdown, which the next start recovers from.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    for (let waitedMs = 0; waitedMs < 10_000 && (await isThere()); waitedMs += 50) {
      if (waitedMs === 0) process.kill(pid, signal);
      await sleep(50);
    }
  }
}

/** The server's process, if it lives and really is one on these files and not another that has got its number. */
async function leftoverPid(cluster: string): Promise<number | undefined> {
  const [line] = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(line);
  if (!Number.isSafeInteger(pid) || pid <= 1 || (await processIdentity(pid)) === undefined) return undefined;
  if (process.platform !== 'linux') return pid;
  // A PostgreSQL server's working directory is its data directory.
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === path.resolve(cluster) ? pid : undefined;
}
