import type { Channel, ChannelEnd } from '../channel.ts';

/** One end of a connection in memory. */
export interface TestChannel extends Channel {
  /** Everything that was sent from this end, as text. */
  readonly sent: readonly string[];
  /** How the connection ended, once it has. */
  readonly end: ChannelEnd | undefined;
  readonly paused: boolean;
  /** Sends what the types forbid: binary. */
  sendRaw(message: string | Uint8Array): void;
}

class End implements TestChannel {
  readonly sent: string[] = [];
  end: ChannelEnd | undefined;
  paused = false;
  other: End | undefined;
  #inbox: (string | Uint8Array)[] = [];
  #scheduled = false;
  #onMessage: ((message: string | Uint8Array) => void) | undefined;
  #onClose: ((end: ChannelEnd) => void) | undefined;

  send(text: string): void {
    this.sendRaw(text);
  }

  sendRaw(message: string | Uint8Array): void {
    if (this.end !== undefined) return;
    if (typeof message === 'string') this.sent.push(message);
    this.other?.deliver(message);
  }

  deliver(message: string | Uint8Array): void {
    this.#inbox.push(message);
    this.#schedule();
  }

  /** Messages arrive in a later turn, one after the other, as from a network; the end comes after all of them. */
  #schedule(): void {
    if (this.#scheduled || this.paused) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.paused) return;
      const message = this.#inbox.shift();
      if (message !== undefined) {
        this.#onMessage?.(message);
        this.#schedule();
      } else if (this.end !== undefined) {
        this.#onClose?.(this.end);
        this.#onClose = undefined;
      }
    });
  }

  close(code: number, reason: string): void {
    for (const side of [this, this.other]) {
      if (side === undefined || side.end !== undefined) continue;
      side.end = { code, reason };
      side.#schedule();
    }
  }

  onMessage(listener: (message: string | Uint8Array) => void): void {
    this.#onMessage = listener;
    this.#schedule();
  }

  onClose(listener: (end: ChannelEnd) => void): void {
    this.#onClose = listener;
    this.#schedule();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#schedule();
  }
}

/** Two ends of a connection in memory: what one sends, the other hears, in order, in a later turn. */
export function channelPair(): { backend: TestChannel; builder: TestChannel } {
  const backend = new End();
  const builder = new End();
  backend.other = builder;
  builder.other = backend;
  return { backend, builder };
}
