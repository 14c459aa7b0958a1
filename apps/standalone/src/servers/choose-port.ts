import { SentenceError } from '@buildsrs/common';
import { createServer } from 'node:net';
import { DEFAULT_PORT } from '../settings.ts';

const HOST = '127.0.0.1';

/** Whether we may listen on a port; why not, where we may not. */
async function tryPort(port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, HOST, () => server.close(() => resolve(undefined)));
  });
}

/**
 * The port the backend is to listen on: the one that was asked for, or else the usual one, or 0 for any when that is in
 * use.
 *
 * @throws {SentenceError} `port-in-use`, exit code 3, when the one that was asked for cannot be had.
 */
export async function choosePort(asked: number | undefined, usual: number = DEFAULT_PORT): Promise<number> {
  if (asked === 0) return 0;
  const error = await tryPort(asked ?? usual);
  if (error === undefined) return asked ?? usual;
  if (asked === undefined) return 0;
  throw new SentenceError(
    'port-in-use',
    error.code === 'EADDRINUSE'
      ? `Port ${asked} of ${HOST} is in use by another program; stop that one, or give another with --port (0 takes a free one).`
      : `This user cannot listen on port ${asked} of ${HOST} (${error.code}); give another with --port (0 takes a free one).`,
    { exitCode: 3, cause: error },
  );
}
