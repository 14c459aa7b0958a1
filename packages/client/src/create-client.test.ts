import { ProblemError, SentenceError, type CrateName, type Version } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { createClient } from './create-client.ts';
import { sendJson, serve } from './testing/serve.ts';

const CRATE = 'hexyl' as CrateName;
const queue = {
  blocked: 0,
  pending: 1,
  scheduled: 0,
  building: 1,
  built: 2,
  failed: 3,
  oldestPendingAt: null,
};

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as Error,
  );
}

test('asks below /api/v1, also where the instance lives below a path, and checks what it gets', async () => {
  await using server = await serve((_, response) => sendJson(response, queue));
  expect(await createClient({ baseUrl: `${server.url}/some/where/` }).getQueue()).toEqual(queue);
  expect(server.seen[0]).toMatchObject({ method: 'GET', url: '/some/where/api/v1/queue' });
});

test('parameters reach the server encoded, lists with their query', async () => {
  await using server = await serve((_, response) => sendJson(response, { items: [], next: null }));
  const client = createClient({ baseUrl: server.url });
  await client.searchCrates({ query: 'a&b/ü', limit: 3 });
  await errorOf(client.getVersion('../x' as CrateName, '1.0.0+a b' as Version));
  expect(server.seen.map((request) => request.url)).toEqual([
    '/api/v1/crates?query=a%26b%2F%C3%BC&limit=3',
    '/api/v1/crates/..%2Fx/1.0.0%2Ba%20b',
  ]);
});

test('a request to build is posted as JSON', async () => {
  await using server = await serve((_, response) =>
    sendJson(response, { crate: 'hexyl', version: '1.0.0', yanked: false, tasks: [] }, 202),
  );
  const requested = await createClient({ baseUrl: server.url }).requestBuild({ crate: CRATE });
  expect(requested.tasks).toEqual([]);
  expect(server.seen[0]).toMatchObject({
    method: 'POST',
    url: '/api/v1/requests',
    body: '{"crate":"hexyl"}',
  });
  expect(server.seen[0]?.headers['content-type']).toBe('application/json');
});

test('a problem comes back as the ProblemError it was', async () => {
  await using server = await serve((_, response) =>
    sendJson(
      response,
      {
        type: '/problems/crate-not-found',
        title: 'There is no such crate',
        status: 404,
        detail: 'There is no crate hexil.',
        code: 'crate-not-found',
        suggestions: ['hexyl'],
      },
      404,
      'application/problem+json; charset=utf-8',
    ),
  );
  const error = await errorOf(createClient({ baseUrl: server.url }).getCrate(CRATE));
  expect(ProblemError.is(error)).toBe(true);
  expect(error).toMatchObject({
    code: 'crate-not-found',
    status: 404,
    message: 'There is no crate hexil.',
    extras: { suggestions: ['hexyl'] },
  });
});

test.each([
  ['an HTML error page', 502, 'text/html', '<h1>Bad gateway</h1>', /status 502/],
  ['a problem that is none', 404, 'application/problem+json', '{"code":"made-up"}', /status 404/],
  ['a success that is not JSON', 200, 'text/html', '<!doctype html>', /\/queue: /],
  ['JSON of another shape', 200, 'application/json', '{"pending":-1}', /\/queue at blocked: /],
])('%s is told as a sentence', async (_, status, type, body, words) => {
  await using server = await serve((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const error = await errorOf(createClient({ baseUrl: server.url }).getQueue());
  expect(SentenceError.is(error)).toBe(true);
  expect(error).toMatchObject({ code: 'unexpected-answer' });
  expect(error.message).toMatch(words);
});

test('nobody there is told as a sentence with the reason', async () => {
  const server = await serve(() => {});
  await server[Symbol.asyncDispose]();
  const error = await errorOf(createClient({ baseUrl: server.url }).getQueue());
  expect(error).toMatchObject({ name: 'SentenceError', code: 'unreachable' });
  expect(error.message).toContain(`${server.url} cannot be reached (`);
  expect(error.message).toContain('ECONNREFUSED');
});

test('a server that never answers is told as a sentence', async () => {
  await using server = await serve(() => {});
  const error = await errorOf(createClient({ baseUrl: server.url, timeoutMs: 200 }).getQueue());
  expect(error.message).toContain('no answer in 0.2 s');
});

test('who gives up gets their own reason back', async () => {
  await using server = await serve(() => {});
  const controller = new AbortController();
  const failing = errorOf(createClient({ baseUrl: server.url }).getQueue({ signal: controller.signal }));
  controller.abort(new Error('enough'));
  expect((await failing).message).toBe('enough');
});

test('works over an injected fetch alone', async () => {
  const client = createClient({ baseUrl: 'http://in-process', fetch: () => Response.json(queue) });
  expect((await client.getQueue()).failed).toBe(3);
});
