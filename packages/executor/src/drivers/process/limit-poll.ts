import type { BuildLimits } from '@buildsrs/common';
import type { StopReason } from '../../command-watch.ts';
import { treeBytes } from '../../files.ts';
import { processesOfLeader } from '../../process-table.ts';

const POLL_MS = 500;
/** Looking at the disk may take at most this share of the time. */
const DISK_DUTY = 0.05;

/**
 * Looks after memory, processes and disk of one command by polling, as an executor without isolation has no kernel
 * limits. A build that goes over between two looks is found late; that is what the capability set says.
 */
export function pollLimits(
  options: { readonly leader: number; readonly folder: string; readonly limits: BuildLimits },
  stop: (reason: StopReason) => void,
): Disposable {
  const { leader, folder, limits } = options;
  let diskBusy = false;
  let nextDiskAt = performance.now() + 2_000;

  const lookAtDisk = async (): Promise<void> => {
    diskBusy = true;
    const begun = performance.now();
    if ((await treeBytes(folder, limits.diskBytes)) > limits.diskBytes) stop('disk-full');
    nextDiskAt = performance.now() + Math.max(2_000, (performance.now() - begun) / DISK_DUTY);
    diskBusy = false;
  };

  const timer = setInterval(() => {
    const entries = processesOfLeader(leader);
    const memory = entries.reduce((sum, entry) => sum + entry.residentBytes, 0);
    const threads = entries.reduce((sum, entry) => sum + entry.threads, 0);
    if (memory > limits.memoryBytes) stop('out-of-memory');
    else if (threads > limits.processes) stop('too-many-processes');
    else if (!diskBusy && performance.now() >= nextDiskAt) void lookAtDisk();
  }, POLL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
