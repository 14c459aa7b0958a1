import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds, asking ever more seldom (2 ms to 100 ms). False when it did not within `deadlineMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    if (await condition()) return true;
    if (performance.now() >= end) return false;
    await sleep(pauseMs);
  }
}
