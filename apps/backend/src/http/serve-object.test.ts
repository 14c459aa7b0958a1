import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import pino from 'pino';
import { parseDigest } from '@buildsrs/common';
import type { ObjectStore } from '@buildsrs/storage';
import { describe, expect, it } from 'vitest';
import type { AppEnv } from './app-env.ts';
import { problemResponse } from './problem-response.ts';
import { serveObject } from './serve-object.ts';

const OBJECT = {
  sha256: parseDigest('ab'.repeat(32)),
  size: 10,
  mediaType: 'application/gzip',
  fileName: 'a.tar.gz',
  createdAt: new Date(0),
};

/** An object store that can presign, as S3 can: what it would send itself must not be asked of it. */
function served(changes: Partial<ObjectStore>, redirect: boolean) {
  let whole = 0;
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('log', pino({ level: 'silent' }));
    await next();
  });
  app.onError((error, c) => problemResponse(c, error));
  const store = { get: () => Promise.reject(new Error('was read')), ...changes } as unknown as ObjectStore;
  const options = { store, redirect, cacheControl: 'public, immutable', onWhole: () => void (whole += 1) };
  app.get('/', async (c) => await serveObject(c, OBJECT, options));
  const request = async (init?: RequestInit): Promise<Response> => await app.request('/', init);
  return { request, whole: () => whole };
}

describe('serving from a store that can presign', () => {
  const presign = async (): Promise<string> => 'https://bucket.test/object?signature=x';

  it('redirects there, and keeps the redirect out of caches', async () => {
    const { request, whole } = served({ presign }, true);
    const response = await request();
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('https://bucket.test/object?signature=x');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await request({ headers: { range: 'bytes=0-1' } })).status).toBe(302);
    expect(whole()).toBe(1);
  });

  it('answers what needs no bytes itself', async () => {
    const { request, whole } = served({ presign }, true);
    const head = await request({ method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect((await request({ headers: { 'if-none-match': '*' } })).status).toBe(304);
    expect((await request({ headers: { range: 'bytes=10-' } })).status).toBe(416);
    expect(whole()).toBe(0);
  });

  it('sends the bytes through when it is told to', async () => {
    const bytes = randomBytes(10);
    const get = async () => ({ stream: new Blob([bytes]).stream(), size: 10, range: undefined });
    const response = await served({ presign, get }, false).request();
    expect(response.status).toBe(200);
    expect(bytes.equals(await response.bytes())).toBe(true);
  });
});

describe('an object whose bytes are gone', () => {
  it('is unavailable, and nobody keeps that', async () => {
    const response = await served({ get: async () => undefined }, false).request();
    expect(response.status).toBe(503);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has('etag')).toBe(false);
  });
});
