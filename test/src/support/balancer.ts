import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A load balancer as deployments have one: takes connections, hands each to a backend that answers. */
export interface Balancer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
}

function pipeTogether(left: Socket, right: Socket): void {
  left.pipe(right).pipe(left);
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** Balances over ports of the loopback interface, in turn, leaving out those that refuse. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer({ pauseOnConnect: true }, (client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    const attempt = (left: number): void => {
      const port = ports[turn++ % ports.length] as number;
      const backend = connect(port, '127.0.0.1');
      backend.once('connect', () => {
        backend.removeAllListeners('error');
        pipeTogether(client, backend);
        client.resume();
      });
      backend.once('error', () => {
        if (left > 1) attempt(left - 1);
        else client.destroy();
      });
    };
    attempt(ports.length);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const client of open) client.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
