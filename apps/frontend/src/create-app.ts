import type { ApiClient } from '@buildsrs/client';
import { createPages } from '@buildsrs/web';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { forward } from './forward.ts';

/** What the frontend's HTTP side is made from. */
export interface AppOptions {
  readonly client: ApiClient;
  /** The backend's URL, without a slash at its end. */
  readonly backend: string;
  readonly publicUrl: string;
  /** Aborted when the frontend stops. */
  readonly stopping: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Requests for builds and forms are short; uploads go to the backend itself. */
const MAX_BODY_BYTES = 16 * 1024;

/** What is the backend's to answer, besides the pages: the API for readers, files, documents. */
const FORWARDED = ['/api/v1/*', '/crates/:name/:version/:target/:file', '/docs/*', '/problems/*'] as const;

/** How long the backend may take to say that it is there, when somebody asks whether this is ready. */
const READY_MS = 3_000;

/** The pages, the backend's public routes behind them, and the health of this process. */
export function createApp(options: AppOptions): Hono {
  const { backend, client, stopping } = options;
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
  app.get('/readyz', async (c) => {
    const answers = await client
      .getQueue({ signal: AbortSignal.any([AbortSignal.timeout(READY_MS), stopping]) })
      .then(
        () => !stopping.aborted,
        () => false,
      );
    const status = answers ? 'ready' : 'the backend does not answer';
    return c.json({ status }, answers ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.post('*', bodyLimit({ maxSize: MAX_BODY_BYTES }));
  for (const path of FORWARDED) {
    // Neither uploads nor builders come this way: they are given the backend's own address.
    app.on(['GET', 'HEAD', 'POST'], path, async (c) => await forward(c, backend, stopping));
  }
  // The backend's own pages (the API reference) name its files, which differ from ours while one of the two is newer.
  app.use('/assets/*', async (c, next) => {
    await next();
    if (c.res.status === 404) c.res = await forward(c, backend, stopping);
  });
  app.route('/', createPages({ client, stopping, publicUrl: options.publicUrl, onError: options.onError }));
  return app;
}
