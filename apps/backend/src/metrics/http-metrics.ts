import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { AppEnv } from '../http/app-env.ts';
import type { Metrics } from './metrics.ts';

/** Times every request by its route's pattern: a URL as a label would let strangers fill the memory. */
export function httpMetrics(metrics: Metrics): MiddlewareHandler<AppEnv> {
  return async function measure(c, next) {
    const stop = metrics.httpDuration.startTimer();
    await next();
    const route = c.res.status === 404 ? 'none' : routePath(c, -1);
    stop({ method: c.req.method, route, status: String(c.res.status) });
  };
}
