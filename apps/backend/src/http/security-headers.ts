import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';

/**
 * Nothing from elsewhere, no inline script, no framing. Pages that need more (speculation rules) bring their own policy,
 * which is left as it is.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const DEFAULTS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['content-security-policy', POLICY],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
];

/** Puts the headers on every answer that lacks them. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async function securityHeaders(c, next) {
  await next();
  for (const [name, value] of DEFAULTS) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};
