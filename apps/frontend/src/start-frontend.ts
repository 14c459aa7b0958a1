import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@buildsrs/client';
import { SentenceError } from '@buildsrs/common';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { createApp } from './create-app.ts';
import type { FrontendSettings } from './settings.ts';

/** How long requests that run may still run when the frontend stops. */
const DRAIN_MS = 10_000;

/** Until a request's headers are there. */
const HEADERS_TIMEOUT_MS = 5_000;

/** A running frontend. */
export interface Frontend extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Ends what streams, lets other requests end for ten seconds, then cuts what is left. */
  stop(): Promise<void>;
}

const REASONS: Readonly<Record<string, (where: string) => string>> = {
  EADDRINUSE: (where) =>
    `${where} is in use by another program. Stop it, or choose another port with --port (0 takes a free one).`,
  EACCES: (where) => `This user may not listen on ${where}. Choose a port above 1023 with --port.`,
  EADDRNOTAVAIL: (where) => `This machine has no address ${where}. Choose another with --host.`,
  ENOTFOUND: (where) => `${where} is no address. Choose another with --host.`,
};

async function listen(server: Server, { host, port }: FrontendSettings): Promise<string> {
  const where = `${host}:${port}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const sentence = REASONS[error.code ?? '']?.(where) ?? `Cannot listen on ${where}: ${error.message}.`;
      reject(new SentenceError('cannot-listen', sentence, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${(server.address() as AddressInfo).port}`;
}

/**
 * Starts the pages before a remote backend. It starts also while that backend is away: pages then say so, and `/readyz`
 * does not answer 200.
 *
 * @throws {SentenceError} `cannot-listen` when the address cannot be had.
 */
export async function startFrontend(settings: FrontendSettings, log: Logger): Promise<Frontend> {
  const stopping = new AbortController();
  let app: Hono | undefined;
  const server = createAdaptorServer({
    fetch: (request) => {
      if (app === undefined) throw new Error('a request came before the app was made');
      return app.fetch(request);
    },
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: 20_000 },
  }) as Server;
  const url = await listen(server, settings);
  app = createApp({
    client: createClient({ baseUrl: settings.backend }),
    backend: settings.backend,
    publicUrl: settings.publicUrl ?? url,
    stopping: stopping.signal,
    onError: (error) => log.error({ err: error }, 'a page failed'),
  });
  log.info({ url, backend: settings.backend }, 'frontend ready');

  const stopOnce = async (): Promise<void> => {
    log.info('frontend stops');
    stopping.abort();
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    // A connection whose answer just ended is idle only now.
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
    log.info('frontend stopped');
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopOnce());
  return { url, stop, [Symbol.asyncDispose]: stop };
}
