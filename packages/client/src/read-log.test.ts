import type { BuildId } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { createClient } from './create-client.ts';
import { serve } from './testing/serve.ts';

const BUILD = '0b0e6f0a-2c7e-4c53-9d3b-6d1f3a1b7a11' as BuildId;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test.each([
  [{}, undefined],
  [{ start: 5 }, 'bytes=5-'],
  [{ end: 5 }, 'bytes=0-4'],
  [{ start: 2, end: 5 }, 'bytes=2-4'],
  [{ start: -10 }, 'bytes=-10'],
])('%j is asked for as %s', async (range, header) => {
  await using server = await serve((_, response) => {
    response.end();
  });
  await createClient({ baseUrl: server.url }).readLog(BUILD, range);
  expect(server.seen[0]?.headers.range).toBe(header);
});

test.each([
  ['whole', 200, undefined, 'hello', { text: 'hello', offset: 0, size: 5 }],
  ['a part', 206, 'bytes 2-4/9', 'llo', { text: 'llo', offset: 2, size: 9 }],
  ['a part of one that grows', 206, 'bytes 2-4/*', 'llo', { text: 'llo', offset: 2, size: undefined }],
  ['nothing behind its end', 416, 'bytes */9', 'no', { text: '', offset: 9, size: 9 }],
])('%s', async (_, status, contentRange, body, expected) => {
  await using server = await serve((_request, response) => {
    response.writeHead(status, contentRange === undefined ? {} : { 'content-range': contentRange }).end(body);
  });
  const { bytes, ...rest } = await createClient({ baseUrl: server.url }).readLog(BUILD, { start: 2 });
  expect({ ...rest, text: text(bytes) }).toEqual(expected);
});

test('an empty range asks nobody', async () => {
  await using server = await serve((_, response) => {
    response.end();
  });
  const log = await createClient({ baseUrl: server.url }).readLog(BUILD, { start: 5, end: 5 });
  expect(log.bytes).toHaveLength(0);
  expect(server.seen).toHaveLength(0);
});
