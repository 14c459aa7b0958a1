import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { BuildIdSchema, CrateNameSchema, ProblemError, PROBLEMS, VersionSchema } from '@buildsrs/common';
import { createFakeClient } from '@buildsrs/web/testing';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as v from 'valibot';

/** A backend's public routes with sample data, as far as the frontend's tests ask for them. */
export async function startFakeBackend(): Promise<{ url: string; seen: string[] } & AsyncDisposable> {
  const client = createFakeClient();
  const seen: string[] = [];
  const app = new Hono();
  app.use(async (c, next) => {
    seen.push(`${c.req.method} ${c.req.path}`);
    await next();
  });
  app.onError((error, c) => {
    if (!ProblemError.is(error)) throw error;
    const { status, title } = PROBLEMS[error.code];
    const body = { type: `/problems/${error.code}`, title, status, detail: error.message, code: error.code };
    return c.json(body, status, { 'content-type': 'application/problem+json' });
  });
  app.get('/api/v1/queue', async (c) => c.json(await client.getQueue()));
  app.get('/api/v1/builds', async (c) => c.json(await client.listBuilds({ limit: 5 })));
  app.get('/api/v1/builds/:id', async (c) =>
    c.json(await client.getBuild(v.parse(BuildIdSchema, c.req.param('id')))),
  );
  app.get('/api/v1/builds/:id/log', async (c) => {
    c.header('x-range', c.req.header('range') ?? 'none');
    const { bytes } = await client.readLog(v.parse(BuildIdSchema, c.req.param('id')));
    return c.body(new Uint8Array(bytes));
  });
  app.get('/api/v1/builds/:id/events', (c) =>
    streamSSE(c, async (stream) => {
      const data = Buffer.from('the first line\nand half').toString('base64');
      await stream.writeSSE({ event: 'log', data: JSON.stringify({ offset: 0, data }) });
      await new Promise<void>((resolve) => stream.onAbort(resolve));
    }),
  );
  app.get('/api/v1/crates/:name', async (c) =>
    c.json(await client.getCrate(v.parse(CrateNameSchema, c.req.param('name')))),
  );
  app.get('/api/v1/crates/:name/:version', async (c) =>
    c.json(
      await client.getVersion(
        v.parse(CrateNameSchema, c.req.param('name')),
        v.parse(VersionSchema, c.req.param('version')),
      ),
    ),
  );
  app.get('/assets/site-of-another-release.css', (c) => c.text('/* other */'));
  app.get('/crates/:name/:version/:target/:file', (c) => c.redirect('https://objects.example/signed', 302));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
