import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import type { AppEnv } from './app-env.ts';

/** A proxy's id is kept only in a form that can harm neither a log line nor a header. */
const ACCEPTED = /^[A-Za-z0-9_-]{8,64}$/;

/** Names each request, by `X-Request-Id` where a proxy gave a sane one, and logs how it went in one line. */
export function requestId(log: Logger): MiddlewareHandler<AppEnv> {
  return async function nameAndLog(c, next) {
    const given = c.req.header('x-request-id');
    const id = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
    const started = performance.now();
    const child = log.child({ request: id });
    c.set('requestId', id);
    c.set('log', child);
    await next();
    c.res.headers.set('x-request-id', id);
    // What our own pages ask for is told by the line of the page.
    child[c.env?.inProcess === true ? 'debug' : 'info'](
      {
        method: c.req.method,
        path: c.req.path.slice(0, 512),
        status: c.res.status,
        ms: Math.round((performance.now() - started) * 10) / 10,
      },
      'request',
    );
  };
}
