import { processStartTime } from '../../process-table.ts';

/**
 * Names a running process beyond the reuse of its number: `p1234t567890` (pid, and start time in clock ticks since
 * boot). What a driver makes outside its workspace folder carries it in its name, so that a later start can tell what a
 * crash left behind.
 */
export function ownerToken(pid: number = process.pid): string {
  return `p${pid}t${processStartTime(pid) ?? 0}`;
}

/** Whether the process a token names still runs. Text that is no token names nobody. */
export function isOwnerAlive(token: string): boolean {
  const match = /^p(\d+)t(\d+)$/.exec(token);
  if (match === null) return false;
  return processStartTime(Number(match[1])) === Number(match[2]);
}
