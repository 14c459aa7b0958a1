import { isUnavailable } from '../http/is-unavailable.ts';

/** Downloads of an artifact on a day. */
export interface DownloadCount {
  readonly artifactId: number;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly count: number;
}

/** Connections that were refused have carried nothing; a connection that broke may have carried the statement. */
function wasNeverSent(error: unknown): boolean {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return true;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ENOENT' || code === 'EAI_AGAIN';
}

/**
 * Counts downloads in memory and writes them folded, in one statement: popular files would otherwise be one hot row.
 * A crash loses at most what came since the last flush; nothing is ever counted twice.
 */
export class DownloadCounter {
  #counts = new Map<string, DownloadCount>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #write: (counts: readonly DownloadCount[]) => Promise<unknown>;
  readonly #today: () => string;

  constructor(
    write: (counts: readonly DownloadCount[]) => Promise<unknown>,
    today: () => string = () => new Date().toISOString().slice(0, 10),
  ) {
    this.#write = write;
    this.#today = today;
  }

  add(artifactId: number): void {
    this.#fold({ artifactId, day: this.#today(), count: 1 });
  }

  /** Writes what is counted. Rejects when it could not; what was surely not written is kept for the next time. */
  flush(): Promise<void> {
    const run = this.#flushing.then(() => this.#flushOnce());
    this.#flushing = run.catch(() => undefined);
    return run;
  }

  async #flushOnce(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    try {
      await this.#write(counts);
    } catch (error) {
      if (wasNeverSent(error) || !isUnavailable(error)) for (const count of counts) this.#fold(count);
      throw error;
    }
  }

  #fold(added: DownloadCount): void {
    const key = `${added.artifactId} ${added.day}`;
    const count = (this.#counts.get(key)?.count ?? 0) + added.count;
    this.#counts.set(key, { ...added, count });
  }
}
