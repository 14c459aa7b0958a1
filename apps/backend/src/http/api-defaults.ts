import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';

/**
 * What every answer of the API has: pages of other origins may read it, as it is public and knows no cookies, and
 * caches ask before they give it again.
 */
export const apiDefaults: MiddlewareHandler<AppEnv> = async function apiDefaults(c, next) {
  await next();
  const { headers } = c.res;
  headers.set('access-control-allow-origin', '*');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-cache');
};
