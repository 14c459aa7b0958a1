import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';

/** Cuts a connection whose request body is not there in time: whoever needs longer for a form holds it on purpose. */
export function bodyDeadline(deadlineMs: number): MiddlewareHandler<AppEnv> {
  return async function limitBodyTime(c, next) {
    const incoming = c.env?.incoming;
    const timer = setTimeout(() => {
      if (incoming?.complete === false) incoming.socket.destroy();
    }, deadlineMs);
    try {
      await next();
    } finally {
      clearTimeout(timer);
    }
  };
}
