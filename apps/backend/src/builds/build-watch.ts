import type { BuildId } from '@buildsrs/common';
import type { Signals } from '../background/signals.ts';

/** Reads a build anew. */
export type ReadState<State> = (build: BuildId) => Promise<State>;

interface Watched<State> {
  viewers: number;
  state: Promise<State> | undefined;
  /** Raised at each signal and each tick, so that a viewer can tell whether it has seen the newest look. */
  look: number;
  waiting: Set<() => void>;
  stop: () => void;
}

/** How long a viewer may be behind when a signal is lost. */
const POLL_MS = 2_000;
/** A fast log signals more often than anyone can read; looks at a build are at least this far apart. */
const MIN_GAP_MS = 50;

/**
 * Builds being watched by viewers of this backend. However many watch one build, it is read once for each change, so
 * a hot log costs the database the same for one viewer as for a thousand.
 */
export class BuildWatches<State> {
  readonly #watched = new Map<BuildId, Watched<State>>();
  readonly #read: ReadState<State>;
  readonly #signals: Signals;

  constructor(read: ReadState<State>, signals: Signals) {
    this.#read = read;
    this.#signals = signals;
  }

  /** How many builds are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** The states of a build, from now, each newer than the one before; ends with the signal, or when the caller stops. */
  async *states(build: BuildId, signal: AbortSignal): AsyncGenerator<State, void, undefined> {
    const watched = this.#join(build);
    try {
      while (!signal.aborted) {
        const { look } = watched;
        watched.state ??= this.#read(build);
        yield await watched.state;
        await this.#nextLook(watched, look, signal);
      }
    } finally {
      this.#leave(build, watched);
    }
  }

  #join(build: BuildId): Watched<State> {
    const known = this.#watched.get(build);
    if (known !== undefined) {
      known.viewers += 1;
      return known;
    }
    let gap: NodeJS.Timeout | undefined;
    const advance = (): void => {
      gap = undefined;
      watched.look += 1;
      watched.state = undefined;
      const { waiting } = watched;
      watched.waiting = new Set();
      for (const wake of waiting) wake();
    };
    const signalled = (): void => {
      gap ??= setTimeout(advance, MIN_GAP_MS);
    };
    const off = this.#signals.onBuild(build, signalled);
    const poll = setInterval(advance, POLL_MS);
    const watched: Watched<State> = {
      viewers: 1,
      state: undefined,
      look: 0,
      waiting: new Set(),
      stop: () => {
        off();
        clearInterval(poll);
        clearTimeout(gap);
      },
    };
    this.#watched.set(build, watched);
    return watched;
  }

  async #nextLook(watched: Watched<State>, look: number, signal: AbortSignal): Promise<void> {
    if (watched.look !== look || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    watched.waiting.add(wake);
    // Taken off again: a long build would leave a listener on the signal for each look.
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
    watched.waiting.delete(wake);
  }

  #leave(build: BuildId, watched: Watched<State>): void {
    watched.viewers -= 1;
    if (watched.viewers > 0) return;
    watched.stop();
    this.#watched.delete(build);
  }
}
