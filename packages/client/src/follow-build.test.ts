import type { ServerResponse } from 'node:http';
import { ProblemError, SentenceError, type BuildId } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { createClient } from './create-client.ts';
import type { BuildFollowEvent } from './follow-build.ts';
import { sendJson, serve } from './testing/serve.ts';

const BUILD = '0b0e6f0a-2c7e-4c53-9d3b-6d1f3a1b7a11' as BuildId;
const LOG = 'first line\nsecond line\nthird line\n';
const AT = '2026-11-29T12:00:00.000Z';

function send(response: ServerResponse, event: string, data: object): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
const piece = (offset: number, end: number) => ({
  offset,
  data: Buffer.from(LOG.slice(offset, end)).toString('base64'),
});

function joined(events: readonly BuildFollowEvent[]): string {
  let text = '';
  for (const event of events) {
    if (event.type !== 'log') continue;
    expect(event.offset).toBe(text.length);
    text += Buffer.from(event.bytes).toString();
  }
  return text;
}

test('connections that break, repeat and say unknown things: every byte and stage once, in order', async () => {
  let connection = 0;
  await using server = await serve((request, response) => {
    connection += 1;
    const offset = Number(new URL(request.url, 'http://h').searchParams.get('offset'));
    if (connection === 3) {
      response.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, 'stage', { stage: 'fetch', startedAt: AT });
    if (connection === 1) {
      send(response, 'log', piece(0, 5));
      send(response, 'mood', { mood: 'good' });
      response.write('event: log\ndata: {"offset":5,"data":"', () => response.destroy());
    } else if (connection === 2) {
      // Begins before what was asked for.
      send(response, 'log', piece(Math.max(0, offset - 3), 15));
      send(response, 'stage', { stage: 'build', startedAt: AT });
      response.end();
    } else {
      send(response, 'log', piece(offset, LOG.length));
      send(response, 'end', { outcome: 'succeeded' });
      response.end();
    }
  });
  const client = createClient({ baseUrl: server.url });
  const events = await Array.fromAsync(client.followBuild(BUILD, { maxWaitMs: 20 }));
  expect(joined(events)).toBe(LOG);
  expect(events.filter((event) => event.type !== 'log')).toEqual([
    { type: 'stage', stage: 'fetch', startedAt: AT },
    { type: 'stage', stage: 'build', startedAt: AT },
    { type: 'end', outcome: 'succeeded' },
  ]);
  expect(server.seen.map((request) => new URL(request.url, 'http://h').searchParams.get('offset'))).toEqual([
    '0',
    '5',
    '15',
    '15',
  ]);
});

test('gives up after as many barren connections as told, with a sentence', async () => {
  await using server = await serve((_, response) => {
    response.destroy();
  });
  const following = Array.fromAsync(
    createClient({ baseUrl: server.url }).followBuild(BUILD, { maxWaitMs: 10, maxAttempts: 3 }),
  );
  await expect(following).rejects.toSatisfy(
    (error) => SentenceError.is(error) && error.message.includes('broke 3 times'),
  );
  expect(server.seen).toHaveLength(3);
});

test('a build that is not there ends it at once', async () => {
  await using server = await serve((_, response) =>
    sendJson(
      response,
      { type: 'x', title: 'x', status: 404, detail: 'No such build.', code: 'build-not-found' },
      404,
      'application/problem+json',
    ),
  );
  await expect(Array.fromAsync(createClient({ baseUrl: server.url }).followBuild(BUILD))).rejects.toSatisfy(
    (error) => ProblemError.is(error),
  );
  expect(server.seen).toHaveLength(1);
});

test('stops when it is told to, while it listens and while it waits', async () => {
  await using server = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (request.url.endsWith('=0')) send(response, 'log', piece(0, 5));
    else response.destroy();
  });
  const client = createClient({ baseUrl: server.url });
  const listening = new AbortController();
  const events = client.followBuild(BUILD, { signal: listening.signal });
  expect((await events.next()).value).toMatchObject({ type: 'log' });
  listening.abort(new Error('enough'));
  await expect(events.next()).rejects.toThrow('enough');
  const waiting = new AbortController();
  const retrying = client.followBuild(BUILD, { offset: 7, signal: waiting.signal, maxWaitMs: 1e9 }).next();
  setTimeout(() => waiting.abort(), 50);
  await expect(retrying).rejects.toMatchObject({ name: 'AbortError' });
});
