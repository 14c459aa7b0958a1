import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { SentenceError } from '@buildsrs/common';

/** Until a request's headers are there; slow ones hold a connection on purpose (reliability.md, case 87). */
const HEADERS_TIMEOUT_MS = 5_000;
/** Until a whole request is there: an artifact of half a gigabyte over a slow line. JSON bodies have a limit of their own. */
const REQUEST_TIMEOUT_MS = 60 * 60_000;
/** Without a byte in either direction. */
const IDLE_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** A server that listens. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** `http://host:port` of the address it listens on. */
  readonly url: string;
  /** Takes no new connections, lets requests end for a while, then cuts what is left. */
  stop(options: { readonly drainMs: number }): Promise<void>;
}

const REASONS: Readonly<Record<string, (where: string) => string>> = {
  EADDRINUSE: (where) =>
    `${where} is in use by another program. Stop it, or choose another port with --port (0 takes a free one).`,
  EACCES: (where) => `This user may not listen on ${where}. Choose a port above 1023 with --port.`,
  EADDRNOTAVAIL: (where) => `This machine has no address ${where}. Choose another with --host.`,
  ENOTFOUND: (where) => `${where} is no address. Choose another with --host.`,
};

/**
 * Listens with the limits a public server needs.
 *
 * @throws {SentenceError} `cannot-listen` when the address cannot be had.
 */
export async function listen(
  fetch: (request: Request, env: unknown) => Promise<Response> | Response,
  address: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createAdaptorServer({
    fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 20_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
  }) as Server;
  server.setTimeout(IDLE_TIMEOUT_MS);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const where = `${address.host}:${address.port}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const sentence = REASONS[error.code ?? '']?.(where) ?? `Cannot listen on ${where}: ${error.message}.`;
      reject(new SentenceError('cannot-listen', sentence, { cause: error }));
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    server,
    port,
    url: `http://${['0.0.0.0', '[::]'].includes(host) ? 'localhost' : host}:${port}`,
    async stop({ drainMs }) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Again and again, as a connection becomes idle when its request has ended. One that was opened in advance and
      // never used is not idle to Node.
      const idle = setInterval(() => {
        server.closeIdleConnections();
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }, 50);
      const cut = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idle);
      clearTimeout(cut);
    },
  };
}
