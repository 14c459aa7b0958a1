import { LOG_WINDOW_BYTES, MAX_LOG_CHUNK_BYTES } from './limits.ts';

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The builder's end of one build's log. It keeps what is not yet stored at the backend, sends within the window, and goes
 * on at the right byte after a new connection. Small writes are gathered while a chunk is under way (as Nagle's algorithm
 * does), so that a chatty build costs messages by time and not by line.
 */
export class LogSender {
  readonly #maxBytes: number;
  #send: ((offset: number, bytes: Uint8Array) => void) | undefined;
  /** Written and not sent, beginning at `#sent`. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Sent and not stored, in order. */
  #underWay: Chunk[] = [];
  #stored = 0;
  #sent = 0;
  #written = 0;
  #cut = false;
  #abandoned = false;
  /** Nothing more will be written: gathering would only cost time. */
  #flushing = false;
  #room: (() => void)[] = [];
  #whenStored: (() => void)[] = [];

  /** `maxBytes`: what is written beyond is dropped, and a last line says so. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How long the log is, sent or not. */
  get length(): number {
    return this.#written;
  }

  /** Takes bytes; resolves when there is room for more. Await it, so that a slow connection slows the build. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.#cut) return;
    const marker = Buffer.from(`\n[the log is cut here, at ${this.#maxBytes} bytes]\n`);
    const room = this.#maxBytes - marker.length - this.#written;
    if (bytes.length > room) {
      this.#cut = true;
      if (room > 0) this.#append(bytes.slice(0, room));
      if (this.#maxBytes >= marker.length) this.#append(marker);
    } else this.#append(Uint8Array.from(bytes));
    this.#pump();
    if (this.#written - this.#stored >= LOG_WINDOW_BYTES) {
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
  }

  #append(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#written += bytes.length;
  }

  /** There is a connection on which the log goes on at `offset`. `false`: the backend has bytes we lack, or lacks bytes we gave up. */
  connect(offset: number, send: (offset: number, bytes: Uint8Array) => void): boolean {
    if (this.#abandoned || offset < this.#stored || offset > this.#sent) return false;
    this.stored(offset);
    this.#waiting = [...this.#underWay.map((chunk) => chunk.bytes), ...this.#waiting];
    this.#underWay = [];
    this.#sent = offset;
    this.#waitingBytes = this.#written - offset;
    this.#send = send;
    this.#pump();
    return true;
  }

  /** The connection is gone; what is written is kept, up to the window. */
  disconnect(): void {
    this.#send = undefined;
  }

  /** The backend has stored the log up to `offset`. */
  stored(offset: number): void {
    if (offset <= this.#stored) return;
    this.#stored = Math.min(offset, this.#sent);
    while (this.#underWay[0] !== undefined && this.#underWay[0].offset < this.#stored) {
      const chunk = this.#underWay.shift() as Chunk;
      const rest = chunk.bytes.subarray(this.#stored - chunk.offset);
      if (rest.length > 0) {
        this.#underWay.unshift({ offset: this.#stored, bytes: rest });
        break;
      }
    }
    this.#pump();
    if (this.#written - this.#stored < LOG_WINDOW_BYTES) {
      for (const resolve of this.#room.splice(0)) resolve();
    }
    if (this.#written === this.#stored) for (const resolve of this.#whenStored.splice(0)) resolve();
  }

  /** Sends all there is now, without gathering. */
  flush(): void {
    this.#pump(true);
  }

  /** Resolves when every byte written is stored, or the log abandoned; await it before `complete`. */
  async drained(): Promise<void> {
    this.#flushing = true;
    this.flush();
    if (this.#abandoned || this.#stored === this.#written) return;
    await new Promise<void>((resolve) => this.#whenStored.push(resolve));
  }

  /** Nobody reads this log any more: drops it and lets all who wait go on. */
  abandon(): void {
    this.#abandoned = true;
    this.#cut = true;
    this.#send = undefined;
    this.#waiting = [];
    this.#underWay = [];
    for (const resolve of [...this.#room.splice(0), ...this.#whenStored.splice(0)]) resolve();
  }

  #pump(flushing = this.#flushing): void {
    while (this.#send !== undefined && this.#waitingBytes > 0) {
      const window = LOG_WINDOW_BYTES - (this.#sent - this.#stored);
      const length = Math.min(this.#waitingBytes, MAX_LOG_CHUNK_BYTES, window);
      if (length <= 0) return;
      if (!flushing && this.#underWay.length > 0 && this.#waitingBytes < MAX_LOG_CHUNK_BYTES) return;
      const bytes = this.#take(length);
      this.#underWay.push({ offset: this.#sent, bytes });
      const offset = this.#sent;
      this.#sent += length;
      this.#send(offset, bytes);
    }
  }

  #take(length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const first = this.#waiting.shift() as Uint8Array;
      parts.push(first.subarray(0, missing));
      if (first.length > missing) this.#waiting.unshift(first.subarray(missing));
      missing -= Math.min(missing, first.length);
    }
    this.#waitingBytes -= length;
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }
}
