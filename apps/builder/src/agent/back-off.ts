import { setTimeout as sleep } from 'node:timers/promises';

const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * How long to wait before try number `attempt` (0 is the first repetition): anything up to a bound that doubles from half a
 * second to half a minute. All of it is random ("full jitter"), so that builders a backend lost together come back apart.
 */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16));
}

/** Waits; `false` when it was called off. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
