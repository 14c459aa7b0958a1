import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CONNECT_PATH, MAX_FRAME_BYTES, SUBPROTOCOL } from '@buildsrs/protocol';
import { WebSocketServer, type WebSocket } from 'ws';

/** Connections at once: each costs memory before its builder has proven anything. */
const MAX_CONNECTIONS = 2_000;

function refuse(socket: Duplex, status: string, sentence: string): void {
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(sentence)}`,
      '',
      sentence,
    ].join('\r\n'),
  );
}

/** The WebSocket side of a server. */
export interface AcceptedBuilders {
  /** Cuts connections whose other side does not answer a close. */
  terminate(): void;
  /** From now on nobody is let in. */
  stopAccepting(): void;
}

/** Lets builders in at their path, and nothing else: other upgrades are answered with a sentence. */
export function acceptBuilders(server: Server, onSocket: (socket: WebSocket) => void): AcceptedBuilders {
  // Deflate would let a small frame become a large one before its size is known.
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  let accepting = true;

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?', 1)[0];
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (path !== CONNECT_PATH) {
      refuse(socket, '404 Not Found', 'There is no WebSocket here.');
    } else if (!accepting || sockets.clients.size >= MAX_CONNECTIONS) {
      refuse(socket, '503 Service Unavailable', 'This backend takes no more builders; try again later.');
    } else if (!offered.includes(SUBPROTOCOL)) {
      refuse(socket, '400 Bad Request', `The WebSocket subprotocol here is ${SUBPROTOCOL}.`);
    } else {
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        // Frames that break the WebSocket protocol are answered by `ws` itself, which then closes.
        accepted.on('error', () => undefined);
        onSocket(accepted);
      });
    }
  });

  return {
    terminate() {
      for (const socket of sockets.clients) socket.terminate();
    },
    stopAccepting() {
      accepting = false;
    },
  };
}
