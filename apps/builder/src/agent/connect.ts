import {
  channelOfWebSocket,
  CONNECT_PATH,
  MAX_FRAME_BYTES,
  SUBPROTOCOL,
  type Channel,
} from '@buildsrs/protocol';
import { WebSocket } from 'ws';

/** Opens a connection to a backend; rejects with an error whose message can be shown. */
export type Connector = (signal: AbortSignal) => Promise<Channel>;

const HANDSHAKE_TIMEOUT_MS = 20_000;
const GOODBYE_MS = 2_000;

/** The address builders connect to, from the backend's base URL in any of its spellings. */
export function connectUrlOf(backend: string): string {
  const base = backend.replace(/^http/, 'ws').replace(/\/+$/, '');
  return base.endsWith(CONNECT_PATH) ? base : `${base}${CONNECT_PATH}`;
}

/** Connects by WebSocket. Node's own client has no limit on what it receives, so this is the one of `ws`. */
export function webSocketConnector(backend: string): Connector {
  const url = connectUrlOf(backend);
  return async (signal) => {
    signal.throwIfAborted();
    const socket = new WebSocket(url, SUBPROTOCOL, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    // When the program stops, a connection has a moment to say goodbye, and then must not keep the program.
    const abort = () => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    return new Promise<Channel>((resolve, reject) => {
      socket.once('open', () => resolve(channelOfWebSocket(socket)));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed before it was open')));
    });
  };
}
