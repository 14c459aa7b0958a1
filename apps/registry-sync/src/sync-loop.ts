import { SentenceError } from '@buildsrs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { asDatabaseSentence } from './database-error.ts';
import { sentencesOf } from './sync-sentences.ts';
import type { SyncSummary } from './sync-summary.ts';

/** The longest pause after failures. */
export const MAX_BACK_OFF_MS = 15 * 60_000;
const FIRST_BACK_OFF_MS = 5_000;

/** What the loop needs. */
export interface SyncLoopOptions {
  readonly sync: () => Promise<SyncSummary>;
  readonly intervalMs: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of the first synchronisation that went through. */
  readonly onReady: () => void;
  /** Replaced by tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The pause after so many failures in a row: doubled each time, at most 15 minutes, with jitter below it. */
export function backOffMs(failures: number, random: number = Math.random()): number {
  const full = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(full * (0.5 + random / 2));
}

/** Ends quietly when nobody wants to go on. */
async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Synchronises again and again until the signal; failures are logged and waited out, as registries come back. */
export async function syncLoop(options: SyncLoopOptions): Promise<void> {
  const { log, signal } = options;
  const pause = options.pause ?? pauseFor;
  let failures = 0;
  let ready = false;
  while (!signal.aborted) {
    try {
      const { refused, absent, skipped, ...counts } = await options.sync();
      log.info({ ...counts, refused: refused.length, absent: absent.length }, 'synchronised');
      for (const sentence of sentencesOf({ refused, absent, skipped, ...counts })) log.error(sentence);
      for (const line of skipped) log.warn(line, 'a line of the index cannot be used');
      failures = 0;
      if (!ready) options.onReady();
      ready = true;
      await pause(options.intervalMs, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = asDatabaseSentence(thrown);
      // What was told wrongly stays wrong however often it is tried.
      if (SentenceError.is(error) && error.exitCode === 2) throw error;
      failures += 1;
      const retryInMs = backOffMs(failures);
      if (SentenceError.is(error)) log.error({ code: error.code, retryInMs }, error.message);
      else log.error({ err: error, retryInMs }, 'synchronisation failed');
      await pause(retryInMs, signal);
    }
  }
}
