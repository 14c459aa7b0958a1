import { PROBLEM_CODES, ProblemError, ProblemSchema } from '@buildsrs/common';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import pino from 'pino';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { AppEnv } from './app-env.ts';
import { problemResponse } from './problem-response.ts';

async function answer(error: unknown): Promise<{ response: Response; log: string }> {
  let log = '';
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('requestId', 'request-1');
    c.set('log', pino({}, { write: (line) => (log += line) }));
    await next();
  });
  app.onError((thrown, c) => problemResponse(c, thrown));
  app.get('/', (c) => {
    c.header('etag', '"x"');
    c.header('cache-control', 'public, immutable');
    throw error;
  });
  return { response: await app.request('/'), log };
}

describe('problemResponse', () => {
  it.each(PROBLEM_CODES)('renders %s', async (code) => {
    const { response } = await answer(new ProblemError(code, 'A sentence.', { suggestions: ['a'] }));
    const problem = v.parse(ProblemSchema, await response.json());
    expect(problem).toMatchObject({
      type: `/problems/${code}`,
      code,
      status: response.status,
      detail: 'A sentence.',
      instance: 'request-1',
      suggestions: ['a'],
    });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has('etag')).toBe(false);
  });

  it('tells nothing of what it did not foresee, and logs all of it', async () => {
    const { response, log } = await answer(new Error('password=hunter2'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(log).toContain('unforeseen error');
    expect(log).toContain('hunter2');
  });

  it('says when to come back while the database is away', async () => {
    const { response } = await answer(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
  });

  it('keeps the status of the framework', async () => {
    const { response } = await answer(new HTTPException(413));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'too-large' });
  });
});
