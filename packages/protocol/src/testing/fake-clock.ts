import type { Clock } from '../clock.ts';

/** A clock that stands until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #timers = new Set<{ atMs: number; call: () => void }>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Goes on by a duration; timers that come due are called in order, each at its own time. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const due = [...this.#timers]
        .filter((timer) => timer.atMs <= endMs)
        .toSorted((left, right) => left.atMs - right.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.call();
    }
    this.#nowMs = endMs;
  }

  /** Goes on without calling timers, as when a process was stopped or starved. */
  jump(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}
