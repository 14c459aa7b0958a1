import type { BuildLimits } from '@buildsrs/common';
import type { StopReason } from '../../command-watch.ts';
import { processesOfLeader } from '../../process-table.ts';
import type { BuildDisk } from './build-disk.ts';
import type { CgroupEvents } from './cgroup.ts';

const POLL_MS = 250;
/** Looking at the disk may take at most this share of the time: a folder has to be walked. */
const DISK_SHARE = 0.05;

/**
 * Watches what the kernel says about a build's limits while a command runs. A limit that was hit ends the command even
 * if it might have got round it: what a build that ran into its limits gives is no artifact.
 */
export class LimitWatch implements Disposable {
  readonly #events: () => Promise<CgroupEvents>;
  readonly #before: CgroupEvents;
  readonly #disk: BuildDisk;
  readonly #timer: NodeJS.Timeout;
  #busy = false;
  #nextDiskAt = 0;

  private constructor(
    events: () => Promise<CgroupEvents>,
    before: CgroupEvents,
    disk: BuildDisk,
    stop: (reason: StopReason) => void,
  ) {
    this.#events = events;
    this.#before = before;
    this.#disk = disk;
    this.#timer = setInterval(() => void this.#poll(stop), POLL_MS);
  }

  /** Begins to watch. `events` are counters; what they had before the command is not its doing. */
  static async start(
    events: () => Promise<CgroupEvents>,
    disk: BuildDisk,
    stop: (reason: StopReason) => void,
  ): Promise<LimitWatch> {
    return new LimitWatch(events, await events(), disk, stop);
  }

  /** A last look after the command failed: which limit it had hit, if any. */
  async verdict(): Promise<StopReason | undefined> {
    const counted = await this.#counted();
    return counted ?? ((await this.#disk.isFull()) ? 'disk-full' : undefined);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #counted(): Promise<StopReason | undefined> {
    const now = await this.#events();
    if (now.oomKills > this.#before.oomKills) return 'out-of-memory';
    return now.refusedForks > this.#before.refusedForks ? 'too-many-processes' : undefined;
  }

  async #poll(stop: (reason: StopReason) => void): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const counted = await this.#counted();
      if (counted !== undefined) stop(counted);
      const begun = performance.now();
      if (begun < this.#nextDiskAt) return;
      if (await this.#disk.isFull()) stop('disk-full');
      const end = performance.now();
      this.#nextDiskAt = end + (end - begun) / DISK_SHARE;
    } catch {
      // The group or disk went away with the command; the verdict at its end counts.
    } finally {
      this.#busy = false;
    }
  }
}

/**
 * Stands in for the counters of a control group where there are none: looks at a process and all that came of it. Limits
 * passed between two looks are not seen.
 */
export function treeEvents(
  leader: number,
  limits: Pick<BuildLimits, 'memoryBytes' | 'processes'>,
): () => Promise<CgroupEvents> {
  return async () => {
    const tree = processesOfLeader(leader);
    const memory = tree.reduce((sum, entry) => sum + entry.residentBytes, 0);
    const threads = tree.reduce((sum, entry) => sum + entry.threads, 0);
    return {
      oomKills: memory > limits.memoryBytes ? 1 : 0,
      refusedForks: threads > limits.processes ? 1 : 0,
    };
  };
}
