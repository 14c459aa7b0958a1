import { Hono } from 'hono';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { AppEnv } from './app-env.ts';
import { problemResponse } from './problem-response.ts';
import { rateLimit } from './rate-limit.ts';

function limited(options: { perMinute: number; trustProxy: boolean }) {
  let atMs = 0;
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('log', pino({ level: 'silent' }));
    await next();
  });
  app.onError((error, c) => problemResponse(c, error));
  app.post('/', rateLimit({ ...options, now: () => atMs }), (c) => c.text('ok'));
  const post = async (from: string, env: object = {}): Promise<Response> =>
    await app.request('/', { method: 'POST', headers: { 'x-forwarded-for': from } }, env);
  return { post, pass: (ms: number) => (atMs += ms) };
}

describe('rateLimit', () => {
  it('lets as many through as a minute has, and more as time passes', async () => {
    const { post, pass } = limited({ perMinute: 2, trustProxy: true });
    expect((await post('192.0.2.1')).status).toBe(200);
    expect((await post('192.0.2.1')).status).toBe(200);
    const refused = await post('192.0.2.1');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    expect((await post('192.0.2.2')).status).toBe(200);
    pass(30_000);
    expect((await post('192.0.2.1')).status).toBe(200);
    expect((await post('192.0.2.1')).status).toBe(429);
  });

  it('counts an IPv6 network as one client', async () => {
    const { post } = limited({ perMinute: 1, trustProxy: true });
    expect((await post('2001:db8:1:2::1')).status).toBe(200);
    expect((await post('2001:db8:1:2:ffff:ffff:ffff:ffff')).status).toBe(429);
    expect((await post('2001:db8:1:3::1')).status).toBe(200);
    expect((await post('2001:db8::1')).status).toBe(200);
    expect((await post('::ffff:192.0.2.9')).status).toBe(200);
    expect((await post('192.0.2.9')).status).toBe(429);
  });

  it('believes no header unless told to, and does not count our own pages', async () => {
    const { post } = limited({ perMinute: 1, trustProxy: false });
    expect((await post('192.0.2.1')).status).toBe(200);
    expect((await post('192.0.2.2')).status).toBe(429);
    expect((await post('192.0.2.2', { inProcess: true })).status).toBe(200);
  });
});
