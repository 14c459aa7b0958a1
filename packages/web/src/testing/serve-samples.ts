import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { ApiClient } from '@buildsrs/client';
import { createPages } from '../create-pages.ts';
import { createFakeClient } from './fake-client.ts';
import { SAMPLE_NOW } from './sample-data.ts';

/** The pages with sample data on a free port. */
export async function serveSamples(
  replaced: Partial<ApiClient> = {},
): Promise<{ url: string } & AsyncDisposable> {
  const pages = createPages({
    client: createFakeClient(replaced),
    publicUrl: 'https://builds.example',
    now: () => SAMPLE_NOW,
  });
  const server = serve({ fetch: pages.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise<void>((resolve) => {
    if (server.listening) resolve();
    else server.once('listening', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
