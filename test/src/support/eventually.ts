import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until something holds. What never does fails with what was seen last; slow machines get their time. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  holds: (value: T) => boolean,
  deadlineMs = 120_000,
): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > until) throw new Error(`${what} never came to be; last seen: ${JSON.stringify(value)}`);
    await sleep(50);
  }
}
