import { createClient } from '@buildsrs/client';
import { createPages } from '@buildsrs/web';
import { Hono } from 'hono';
import type { Context } from '../context.ts';
import type { AppEnv } from '../http/app-env.ts';

/** The web pages, over a client that calls this very app in process: they see what anybody's client sees. */
export function pageRoutes(
  context: Context,
  call: (request: Request) => Response | Promise<Response>,
): Hono<AppEnv> {
  const { publicUrl } = context.address;
  const client = createClient({
    baseUrl: publicUrl,
    fetch: (url, init) => call(new Request(url, init)),
  });
  return new Hono<AppEnv>().route('/', createPages({ client, publicUrl }));
}
