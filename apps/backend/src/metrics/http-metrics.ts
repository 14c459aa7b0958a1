import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { AppEnv } from '../http/app-env.ts';
import type { Metrics } from './metrics.ts';

/** The pattern of the route that answers; middlewares and catch-alls stand for any path and tell nothing. */
function patternOf(c: Context<AppEnv>): string {
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
  const own = matchedRoutes(c).findLast((route) => route.method === method && !route.path.endsWith('*'));
  return own?.path ?? 'none';
}

/** Times every request by its route's pattern: a URL as a label would let strangers fill the memory. */
export function httpMetrics(metrics: Metrics): MiddlewareHandler<AppEnv> {
  return async function measure(c, next) {
    const stop = metrics.httpDuration.startTimer();
    await next();
    stop({ method: c.req.method, route: patternOf(c), status: String(c.res.status) });
  };
}
