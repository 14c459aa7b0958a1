import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut and opened again: a database or a storage that goes away and comes back. */
export interface TcpGate extends AsyncDisposable {
  /** The URL it was made for, with the gate's address in the place of the server's. */
  readonly url: string;
  /** Refuses new connections and breaks those there are. */
  cut(): Promise<void>;
  open(): Promise<void>;
}

/** Makes a gate before the server of a URL that names a port. */
export async function createTcpGate(url: string): Promise<TcpGate> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let port = 0;
  let server: Server | undefined;

  function join(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  async function open(): Promise<void> {
    server = createServer(join).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function cut(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await open();
  const gated = new URL(url);
  gated.hostname = '127.0.0.1';
  gated.port = String(port);
  return { url: gated.href, cut, open, [Symbol.asyncDispose]: cut };
}
