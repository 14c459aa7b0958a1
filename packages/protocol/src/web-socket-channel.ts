import type { Channel } from './channel.ts';

/** What is used of a WebSocket: one of the package `ws`, or the global one of Node and browsers. */
export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(type: 'message' | 'close' | 'error', listener: (event: never) => void): void;
  pause?(): void;
  resume?(): void;
}

const OPEN = 1;

/**
 * A channel over an open WebSocket. Set its limits where it is made: `maxPayload: MAX_FRAME_BYTES`, no compression.
 * Call it in the turn in which the socket opened, or messages are missed.
 */
export function channelOfWebSocket(socket: WebSocketLike): Channel {
  // An error is always followed by the end; without a listener `ws` would throw it.
  socket.addEventListener('error', () => undefined);
  return {
    send(text) {
      if (socket.readyState === OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    onMessage(listener) {
      socket.addEventListener('message', (event: { readonly data: unknown }) =>
        listener(typeof event.data === 'string' ? event.data : new Uint8Array()),
      );
    },
    onClose(listener) {
      socket.addEventListener('close', (event: { readonly code: number; readonly reason: string }) =>
        listener({ code: event.code, reason: event.reason }),
      );
    },
    pause: () => socket.pause?.(),
    resume: () => socket.resume?.(),
  };
}
