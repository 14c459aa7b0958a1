/** Time as the sessions see it; a test gives its own. */
export interface Clock {
  /** Milliseconds that only go forward, from an arbitrary start. */
  monotonicMs(): number;
  /** Milliseconds since 1970, by the wall. */
  unixMs(): number;
  /** Calls once after `delayMs`; the function it gives calls it off. */
  after(delayMs: number, call: () => void): () => void;
}

/** The machine's clock. Its timers do not keep a process alive: a connection does. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixMs: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
