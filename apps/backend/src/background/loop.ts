import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isUnavailable } from '../http/is-unavailable.ts';

/** A chore that is done again and again. */
export interface LoopOptions {
  /** In the log. */
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<unknown>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Several backends must not do their chores in step: up to a tenth later. */
function jittered(ms: number): number {
  return ms * (1 + Math.random() / 10);
}

/**
 * Repeats a chore until the signal, never two runs at once. A run that fails is logged and tried again at its next
 * time; the loop itself never ends with an error.
 */
export async function loop(options: LoopOptions): Promise<void> {
  const { name, everyMs, run, log, signal } = options;
  while (!signal.aborted) {
    try {
      await run(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isUnavailable(error)) log.warn({ loop: name, err: error }, 'chore postponed');
      else log.error({ loop: name, err: error }, 'chore failed');
    }
    await sleep(jittered(everyMs), undefined, { signal, ref: false }).catch(() => undefined);
  }
}
