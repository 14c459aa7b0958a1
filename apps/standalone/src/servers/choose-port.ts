import { SentenceError } from '@buildsrs/common';
import { createServer, type AddressInfo } from 'node:net';
import { DEFAULT_PORT } from '../settings.ts';

const HOST = '127.0.0.1';

/** Whether we may listen on a port; the port, as 0 stands for any that is free. */
async function tryPort(port: number): Promise<number | NodeJS.ErrnoException> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, HOST, () => {
      const taken = (server.address() as AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}

/**
 * The port the backend is to listen on: the one that was asked for, or else the usual one, or any other when that is in
 * use.
 *
 * @throws {SentenceError} `port-in-use`, exit code 3, when the one that was asked for cannot be had.
 */
export async function choosePort(asked: number | undefined): Promise<number> {
  const first = await tryPort(asked ?? DEFAULT_PORT);
  if (typeof first === 'number') return first;
  if (asked === undefined) {
    const other = await tryPort(0);
    if (typeof other === 'number') return other;
  }
  throw new SentenceError(
    'port-in-use',
    first.code === 'EADDRINUSE'
      ? `Port ${asked} of ${HOST} is in use by another program; stop that one, or give another with --port (0 takes a free one).`
      : `This user cannot listen on port ${asked} of ${HOST} (${first.code}); give another with --port (0 takes a free one).`,
    { exitCode: 3, cause: first },
  );
}
