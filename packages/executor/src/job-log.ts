const MAX_TAIL_BYTES = 1024 * 1024;

/**
 * The log of a job. Holds it to its limit by keeping the beginning and the end, with a visible mark between; what was
 * printed last says why a build failed. Writes reach the reader in their order, one at a time.
 */
export class JobLog {
  readonly #sink: (bytes: Uint8Array) => void | Promise<void>;
  readonly #limitBytes: number;
  readonly #tailBytes: number;
  #order: Promise<void> = Promise.resolve();
  #headLeft: number;
  #tail: Uint8Array[] = [];
  #tailSize = 0;
  #cut = 0;

  constructor(limitBytes: number, sink: (bytes: Uint8Array) => void | Promise<void>) {
    this.#sink = sink;
    this.#limitBytes = limitBytes;
    this.#tailBytes = Math.min(MAX_TAIL_BYTES, Math.floor(limitBytes / 4));
    this.#headLeft = limitBytes - this.#tailBytes;
  }

  /** Appends bytes; the promise is done when the reader has them (or they are kept for the end). */
  async write(bytes: Uint8Array): Promise<void> {
    const head = bytes.subarray(0, this.#headLeft);
    const rest = bytes.subarray(head.length);
    if (head.length > 0) {
      this.#headLeft -= head.length;
      const endsHere = this.#headLeft === 0;
      await this.#send(head);
      if (endsHere) {
        await this.#send(
          mark(`the log has reached ${this.#limitBytes} bytes; its end follows when the build ends`),
        );
      }
    }
    if (rest.length > 0) this.#keep(rest);
  }

  /** A line of ours, told from cargo's by its prefix. */
  async note(text: string): Promise<void> {
    return this.write(Buffer.from(`builds.rs: ${text}\n`));
  }

  /** Sends what was kept of the end. */
  async end(): Promise<void> {
    if (this.#cut > 0) await this.#send(mark(`${this.#cut} bytes were cut here`));
    for (const chunk of this.#tail.splice(0)) await this.#send(chunk);
    await this.#order;
  }

  #keep(bytes: Uint8Array): void {
    // A copy: a chunk of a stream may be a view of a buffer that is used again.
    this.#tail.push(Uint8Array.from(bytes));
    this.#tailSize += bytes.length;
    while (this.#tailSize > this.#tailBytes) {
      const first = this.#tail[0] as Uint8Array;
      const drop = Math.min(first.length, this.#tailSize - this.#tailBytes);
      if (drop === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(drop);
      this.#tailSize -= drop;
      this.#cut += drop;
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const sent = this.#order.then(() => this.#sink(bytes));
    this.#order = sent.catch(() => {});
    return sent;
  }
}

function mark(text: string): Uint8Array {
  return Buffer.from(`\nbuilds.rs: ${text}\n`);
}
