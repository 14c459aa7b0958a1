import { createClient } from '@buildsrs/client';
import { createPages } from '@buildsrs/web';
import { ProblemError } from '@buildsrs/common';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Context } from '../context.ts';
import type { AppEnv } from '../http/app-env.ts';
import { bodyDeadline } from '../http/body-deadline.ts';

/** Forms of ours have two short fields. */
const MAX_FORM_BYTES = 16 * 1024;
const FORM_DEADLINE_MS = 10_000;

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
  const routes = new Hono<AppEnv>();
  routes.post(
    '*',
    bodyDeadline(FORM_DEADLINE_MS),
    bodyLimit({
      maxSize: MAX_FORM_BYTES,
      onError: () => {
        throw new ProblemError('too-large', `A form has at most ${MAX_FORM_BYTES} bytes.`);
      },
    }),
  );
  const pages = createPages({
    client,
    publicUrl,
    stopping: context.stopping,
    onError: (error) => context.log.error({ err: error }, 'a page failed'),
  });
  return routes.route('/', pages);
}
