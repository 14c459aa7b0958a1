/**
 * A connection as the sessions see it: whole messages in order, and an end. Made from a WebSocket by
 * `channelOfWebSocket`; in tests, two ends of a pair in memory.
 */
export interface Channel {
  /** Sends one text message. After the end it does nothing. */
  send(text: string): void;
  /** Closes with a code (4000–4999 are ours, see `CLOSE`) and a sentence of at most 123 bytes of UTF-8. */
  close(code: number, reason: string): void;
  /** Sets the one listener for messages. Binary messages come as bytes and are refused by both sessions. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /** Sets the one listener for the end, called once, whoever closed. */
  onClose(listener: (end: ChannelEnd) => void): void;
  /** Stops reading from the network until `resume`, so that a fast sender waits in its own memory. */
  pause?(): void;
  resume?(): void;
}

/** How a connection ended. 1006: without a closing handshake. */
export interface ChannelEnd {
  readonly code: number;
  readonly reason: string;
}
