import type { Channel, ChannelEnd } from './channel.ts';

interface SocketEvent {
  readonly type: string;
  /** Of messages. */
  readonly data?: unknown;
  /** Of the end. */
  readonly code?: number;
  readonly reason?: string;
}

/** What is used of a WebSocket: one of the package `ws`, or the global one of Node and browsers. */
export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(type: 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
  pause?(): void;
  resume?(): void;
}

const OPEN = 1;

/**
 * A channel over an open WebSocket. Set its limits where it is made: `maxPayload: MAX_FRAME_BYTES`, no compression.
 * Call it in the turn in which the socket opened; what comes before the listeners is kept for them.
 */
export function channelOfWebSocket(socket: WebSocketLike): Channel {
  let kept: (string | Uint8Array)[] = [];
  let end: ChannelEnd | undefined;
  let onMessage = (message: string | Uint8Array): void => void kept.push(message);
  let onClose = (closed: ChannelEnd): void => {
    end = closed;
  };
  // An error is always followed by the end; without a listener `ws` would throw it.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('message', ({ data }) =>
    onMessage(typeof data === 'string' ? data : new Uint8Array()),
  );
  socket.addEventListener('close', ({ code, reason }) =>
    onClose({ code: code ?? 1006, reason: reason ?? '' }),
  );
  return {
    send(text) {
      if (socket.readyState === OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    onMessage(listener) {
      onMessage = listener;
      for (const message of kept) listener(message);
      kept = [];
    },
    onClose(listener) {
      onClose = listener;
      if (end !== undefined) listener(end);
    },
    pause: () => socket.pause?.(),
    resume: () => socket.resume?.(),
  };
}
