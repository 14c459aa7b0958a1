import { parseCrateName } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { retryAfterMs } from './http-client.ts';
import { serveRegistryFolder } from './serve-registry-folder.ts';
import { SparseIndex } from './sparse-index.ts';
import { FIXTURE_REGISTRY_DIR } from './testing/index.ts';
import { startScriptedServer, type ScriptedAnswer } from './testing/scripted-server.ts';

const hello = parseCrateName('hello-buildsrs');
const quick = { baseDelayMs: 1, maxDelayMs: 5, attempts: 3 };
const LINE = JSON.stringify({
  name: 'hello-buildsrs',
  vers: '1.0.0',
  deps: [],
  cksum: 'ab'.repeat(32),
  features: {},
});

const status =
  (code: number, headers: Record<string, string> = {}, body = ''): ScriptedAnswer =>
  (_, response) => {
    response.writeHead(code, headers).end(body);
  };
const ok = status(200, { etag: '"one"' }, `${LINE}\n`);

test('a crate is looked up, and not sent again when it did not change', async () => {
  const seen: string[] = [];
  const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR, {
    onRequest: (request) => seen.push(`${request.path} ${request.status}`),
  });
  try {
    const index = new SparseIndex(registry.index);
    expect(index.location).toBe(registry.index);
    expect(await index.config()).toMatchObject({ dl: `${registry.url}/crates/{crate}/{version}/download` });
    const first = await index.lookUp(parseCrateName('Hello-Buildsrs'));
    expect(first).toMatchObject({ status: 'found', crate: { name: 'hello-buildsrs', skipped: [] } });
    const validator = first.status === 'found' ? first.validator : undefined;
    expect(await index.lookUp(hello, { validator })).toEqual({ status: 'unchanged' });
    expect(await index.lookUp(parseCrateName('absent-buildsrs'))).toEqual({ status: 'absent' });
    await expect
      .poll(() => seen.toSorted(), { timeout: 30_000 })
      .toEqual(
        [
          '/config.json 200',
          '/he/ll/hello-buildsrs 200',
          '/he/ll/hello-buildsrs 304',
          '/ab/se/absent-buildsrs 404',
        ].toSorted(),
      );
  } finally {
    await registry.close();
  }
});

describe('a registry', () => {
  test('is told who asks', async () => {
    await using server = await startScriptedServer(ok);
    await new SparseIndex(`sparse+${server.url}/index/`, {
      userAgent: 'buildsrs-test/1 (someone@example.com)',
    }).lookUp(hello);
    expect(server.requests[0]?.headers['user-agent']).toBe('buildsrs-test/1 (someone@example.com)');
    expect(server.requests[0]?.url).toBe('/index/he/ll/hello-buildsrs');
  });

  test.each([408, 429, 500, 502, 503, 504])('that answers %i is asked again', async (code) => {
    await using server = await startScriptedServer(status(code, { 'retry-after': '0' }), ok);
    expect(await new SparseIndex(server.url, quick).lookUp(hello)).toMatchObject({
      status: 'found',
      validator: '"one"',
    });
    expect(server.requests).toHaveLength(2);
  });

  test('that breaks off in the middle is asked again', async () => {
    const broken: ScriptedAnswer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(LINE.slice(0, 20), () => response.destroy());
    };
    await using server = await startScriptedServer(broken, ok);
    expect(await new SparseIndex(server.url, quick).lookUp(hello)).toMatchObject({ status: 'found' });
    expect(server.requests).toHaveLength(2);
  });

  test('that stays broken is a sentence', async () => {
    await using server = await startScriptedServer(status(503));
    await expect(new SparseIndex(server.url, quick).lookUp(hello)).rejects.toMatchObject({
      name: 'SentenceError',
      code: 'registry-error',
      message: expect.stringMatching(/^The registry 127\.0\.0\.1:\d+ answers with status 503\./) as string,
    });
    expect(server.requests).toHaveLength(3);
  });

  test('that is not there is a sentence', async () => {
    const gone = await startScriptedServer(ok);
    await gone[Symbol.asyncDispose]();
    await expect(new SparseIndex(gone.url, quick).lookUp(hello)).rejects.toMatchObject({
      code: 'registry-unreachable',
      message: expect.stringMatching(
        /^The registry 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Check the network/,
      ) as string,
    });
  });

  test('that says nothing is left at the deadline', async () => {
    await using server = await startScriptedServer(() => {});
    await expect(
      new SparseIndex(server.url, { ...quick, attempts: 2, timeoutMs: 50 }).lookUp(hello),
    ).rejects.toMatchObject({
      code: 'registry-unreachable',
      message: expect.stringContaining('no answer in time') as string,
    });
  });

  test.each([
    [
      'a web page',
      status(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>log in</html>'),
      'a web page',
    ],
    [
      'a web page that does not say so',
      status(200, {}, '<!doctype html>\n<p>log in\n'),
      'no line that is one (it is not JSON)',
    ],
    ['nothing', status(200, {}, ''), 'no line that is one (it is empty)'],
    ['another crate', status(200, {}, LINE.replace('hello', 'other')), 'it is of another crate'],
    ['a wish for a password', status(401), 'status 401'],
  ])('that answers with %s is no index', async (_, answer, reason) => {
    await using server = await startScriptedServer(answer);
    await expect(new SparseIndex(server.url, quick).lookUp(hello)).rejects.toMatchObject({
      code: 'not-an-index',
      message: expect.stringContaining(reason) as string,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([404, 410, 451])('that answers %i has no such crate', async (code) => {
    await using server = await startScriptedServer(status(code));
    expect(await new SparseIndex(server.url, quick).lookUp(hello)).toEqual({ status: 'absent' });
  });

  test('whose file has a cut line is read again next time', async () => {
    await using server = await startScriptedServer(
      status(200, { etag: '"cut"' }, `${LINE}\n${LINE.slice(0, 30)}`),
    );
    const found = await new SparseIndex(server.url, quick).lookUp(hello);
    expect(found).toMatchObject({ status: 'found', validator: undefined, crate: { skipped: [{ line: 2 }] } });
  });

  test('without ETags is asked by date', async () => {
    const date = 'Sun, 29 Nov 2026 13:48:52 GMT';
    await using server = await startScriptedServer(status(200, { 'last-modified': date }, LINE), status(304));
    const index = new SparseIndex(server.url, quick);
    expect(await index.lookUp(hello)).toMatchObject({ validator: date });
    expect(await index.lookUp(hello, { validator: date })).toEqual({ status: 'unchanged' });
    expect(server.requests[1]?.headers['if-modified-since']).toBe(date);
  });

  test('is left alone once nobody wants the answer', async () => {
    const controller = new AbortController();
    await using server = await startScriptedServer(() => {
      controller.abort(new Error('stopped'));
    });
    const lookUp = new SparseIndex(server.url, quick).lookUp(hello, { signal: controller.signal });
    await expect(lookUp).rejects.toThrow('stopped');
    expect(server.requests).toHaveLength(1);
  });
});

test.each([
  [null, undefined],
  ['5', 5_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After: %s', (header, expected) => {
  expect(retryAfterMs(header, 1_000)).toBe(expected);
});
