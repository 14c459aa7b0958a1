import { ProblemError } from '@buildsrs/common';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';
import { BoundedMap } from './bounded-map.ts';

/** Addresses remembered at once; an attacker with more of them pushes out only others like it. */
const MAX_ADDRESSES = 20_000;
const MINUTE_MS = 60_000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** How {@link rateLimit} counts. */
export interface RateLimitOptions {
  /** Requests an address may make a minute; as many may come at once. */
  readonly perMinute: number;
  /** Whether the last address of `X-Forwarded-For` is the client's: the one that the proxy before us added. */
  readonly trustProxy: boolean;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** IPv6 clients own at least a /64, so that is what is counted. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(tail ?? '').split(':')]
    .slice(0, 4)
    .join(':');
}

function clientOf(c: Context<AppEnv>, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return networkOf(forwarded ?? c.env?.incoming?.socket.remoteAddress ?? 'local');
}

/** A token bucket for each client address, in memory: it protects this server, it is no quota. */
export function rateLimit(options: RateLimitOptions): MiddlewareHandler<AppEnv> {
  const buckets = new BoundedMap<string, Bucket>(MAX_ADDRESSES);
  const now = options.now ?? (() => performance.now());
  return async function limitRate(c, next) {
    if (c.env?.inProcess === true) return await next();
    const client = clientOf(c, options.trustProxy);
    const at = now();
    const bucket = buckets.get(client) ?? { tokens: options.perMinute, filledAt: at };
    const refill = ((at - bucket.filledAt) / MINUTE_MS) * options.perMinute;
    bucket.tokens = Math.min(options.perMinute, bucket.tokens + refill);
    bucket.filledAt = at;
    buckets.set(client, bucket);
    if (bucket.tokens < 1) {
      const waitS = Math.ceil(((1 - bucket.tokens) / options.perMinute) * 60);
      c.header('retry-after', String(waitS));
      throw new ProblemError(
        'too-many-requests',
        `Too many requests from this address; please try again in ${waitS} s.`,
      );
    }
    bucket.tokens -= 1;
    return await next();
  };
}
