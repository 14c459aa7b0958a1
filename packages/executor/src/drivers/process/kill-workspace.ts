import { setTimeout as sleep } from 'node:timers/promises';
import { ExecutorError } from '../../errors.ts';
import { processesOfWorkspace } from '../../process-table.ts';

const KILL_DEADLINE_MS = 30_000;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/**
 * Kills every process of a workspace, again and again until none is found: a process that forks while we look is seen
 * in the next round.
 *
 * @throws {ExecutorError} when some cannot be killed (they wait in the kernel).
 */
export async function killWorkspace(folder: string, leader?: number): Promise<void> {
  if (leader !== undefined) kill(-leader);
  const deadline = Date.now() + KILL_DEADLINE_MS;
  for (let round = 0; ; round += 1) {
    const alive = processesOfWorkspace(folder, leader);
    if (alive.length === 0) return;
    if (Date.now() > deadline) {
      throw new ExecutorError(
        `${alive.length} processes of a build cannot be killed: ${alive[0]?.pid} and more.`,
      );
    }
    for (const entry of alive) kill(entry.pid);
    await sleep(Math.min(5 * 2 ** round, 200));
  }
}
