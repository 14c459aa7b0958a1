import { Hono } from 'hono';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { AppEnv } from './app-env.ts';
import { jsonBody } from './json-body.ts';
import { problemResponse } from './problem-response.ts';

function post(
  body: NonNullable<RequestInit['body']>,
  type = 'application/json',
  deadlineMs?: number,
): Promise<Response> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('log', pino({ level: 'silent' }));
    await next();
  });
  app.onError((error, c) => problemResponse(c, error));
  app.post('/', jsonBody(deadlineMs === undefined ? {} : { deadlineMs }), async (c) =>
    c.json(await c.req.json()),
  );
  return Promise.resolve(
    app.request('/', {
      method: 'POST',
      body,
      headers: { 'content-type': type },
      duplex: 'half',
    }),
  );
}

describe('jsonBody', () => {
  it('gives the JSON to who comes after', async () => {
    const response = await post('{"a":[1]}', 'application/json; charset=utf-8');
    expect(await response.json()).toEqual({ a: [1] });
  });

  it.each([
    ['{', 'application/json'],
    ['', 'application/json'],
    ['{}', 'text/plain'],
    ['a=1', 'application/x-www-form-urlencoded'],
    [new Uint8Array([0x22, 0xff, 0x22]), 'application/json'],
  ])('refuses %s as %s', async (body, type) => {
    const response = await post(body, type);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request' });
  });

  it('stops reading at its limit, whatever was announced', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(0x20));
      },
    });
    const response = await post(endless);
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });

  it('does not wait for ever', async () => {
    const response = await post(new ReadableStream(), 'application/json', 20);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('too long') as string });
  });
});
