import { ProblemError } from '@buildsrs/common';
import type { Hono, MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

/** Methods that have a handler of their own at a path; middlewares and catch-alls stand for every method and do not count. */
function methodsAt(app: Hono<AppEnv>, path: string): string[] {
  return METHODS.filter((method) =>
    app.router
      .match(method, path)[0]
      .some(([[, route]]) => route.method === method && !route.path.endsWith('*')),
  );
}

/** Comes after the routes: a path that exists, but not with this method, is answered with 405 and `Allow` (RFC 9110 §15.5.6). */
export function allowMethods(app: Hono<AppEnv>): MiddlewareHandler<AppEnv> {
  return async function allowMethods(c, next) {
    const { method, path } = c.req;
    const allowed = method === 'GET' || method === 'HEAD' ? [] : methodsAt(app, path);
    if (allowed.length === 0 || allowed.includes(method)) {
      await next();
      return;
    }
    const names = allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])).join(', ');
    c.header('allow', names);
    if (method === 'OPTIONS') return c.body(null, 204);
    throw new ProblemError('method-not-allowed', `${method} is not possible here, only ${names}.`);
  };
}
