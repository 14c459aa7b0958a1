import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; a slow machine gets its time, and what never holds fails with its last answer. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  holds: (value: T) => boolean,
  deadlineMs = 45_000,
): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > until) throw new Error(`never came to be; last seen: ${JSON.stringify(value)}`);
    await sleep(25);
  }
}
