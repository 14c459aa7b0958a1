import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BackendSession,
  channelOfWebSocket,
  CONNECT_PATH,
  MAX_FRAME_BYTES,
  SUBPROTOCOL,
} from '@buildsrs/protocol';
import type { BuilderKey } from '@buildsrs/protocol/ssh';
import { MemoryBackend } from '@buildsrs/protocol/testing';
import { WebSocketServer } from 'ws';

/** A backend over a real port: the real protocol over real WebSockets, tasks and results in memory. */
export class TestBackend implements AsyncDisposable {
  readonly memory: MemoryBackend;
  readonly sessions: BackendSession[] = [];
  /** What artifacts are put to. */
  onUpload: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end();
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  constructor(options: { leaseMs?: number; heartbeatIntervalMs?: number; schedulerKey?: BuilderKey } = {}) {
    const { leaseMs = 60_000, heartbeatIntervalMs = 1_000, schedulerKey } = options;
    this.memory = new MemoryBackend({ leaseMs });
    this.#http = createServer((request, response) => this.onUpload(request, response));
    this.#sockets = new WebSocketServer({
      server: this.#http,
      path: CONNECT_PATH,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#sockets.on('connection', (socket) => {
      const session = new BackendSession(
        channelOfWebSocket(socket),
        {
          serverId: 'https://builds.test',
          heartbeatIntervalMs,
          leaseMs,
          schedulerKey,
          // Generous: a test machine may stand still for seconds.
          handshakeTimeoutMs: 60_000,
          silenceTimeoutMs: 60_000,
        },
        this.memory,
      );
      this.sessions.push(session);
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  wake(): void {
    for (const session of this.sessions) session.wake();
  }

  /** Cuts every connection without a word, as a broken network does. */
  cut(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.close('shutting-down');
    this.cut();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
    await Promise.all(this.sessions.map((session) => session.ended));
  }
}
