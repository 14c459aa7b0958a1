import { array, assert, asyncProperty, constantFrom, integer } from 'fast-check';
import { expect, test } from 'vitest';
import { eventsOf, type ServerSentEvent } from './event-stream.ts';

const bodyOf = (...chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      controller.close();
    },
  });

async function all(body: ReadableStream<Uint8Array>): Promise<ServerSentEvent[]> {
  return await Array.fromAsync(eventsOf(body));
}

test('names, several data lines, comments and unknown fields', async () => {
  const events = await all(
    bodyOf(
      ': hello\n\nevent: log\nid: 7\ndata: a\ndata:b\ndata\nretry: 3\n\n',
      'data: x\n\ndata: unfinished\n',
    ),
  );
  expect(events).toEqual([
    { event: 'log', data: 'a\nb\n' },
    { event: 'message', data: 'x' },
  ]);
});

test('however the bytes are cut and whichever line ends are used, the events are the same', async () => {
  await assert(
    asyncProperty(
      constantFrom('\n', '\r\n', '\r'),
      array(integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }),
      async (lineEnd, cuts) => {
        const bytes = Buffer.from(
          `event: é€😀\ndata: 1\ndata: 2\n\ndata: 3\n\n: end\n`.replaceAll('\n', lineEnd),
        );
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (let index = 0; at < bytes.length; index += 1) {
          const length = cuts[index % cuts.length] as number;
          chunks.push(bytes.subarray(at, at + length));
          at += length;
        }
        expect(await all(bodyOf(...chunks))).toEqual([
          { event: 'é€😀', data: '1\n2' },
          { event: 'message', data: '3' },
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

test('an endless line or event ends the stream instead of filling the memory', async () => {
  const mebibyte = 'x'.repeat(1024 * 1024 + 1);
  expect(await all(bodyOf(`data: ${mebibyte}`, '\n\ndata: 2\n\n'))).toEqual([]);
  expect(await all(bodyOf(`data: ${'y'.repeat(1000)}\n`.repeat(1100), '\n'))).toEqual([]);
});
