import { describe, expect, it } from 'vitest';
import { encodeEvents, type ServerEvent } from './event-stream.ts';

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += Buffer.from(piece).toString();
  return text;
}

describe('encodeEvents', () => {
  it('writes events as the standard has them; no data can break out of its line', async () => {
    async function* events(): AsyncGenerator<ServerEvent, void, undefined> {
      yield { event: 'log', data: { text: 'a\nevent: evil\r\n' }, id: '7' };
      yield { event: 'end', data: {} };
    }
    expect(await textOf(encodeEvents(events()))).toBe(
      'event: log\nid: 7\ndata: {"text":"a\\nevent: evil\\r\\n"}\n\nevent: end\ndata: {}\n\n',
    );
  });

  it('comments while nothing happens, and ends the events when its reader leaves', async () => {
    let ended = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* events(): AsyncGenerator<ServerEvent, void, undefined> {
      try {
        yield { event: 'stage', data: 1 };
        await promise;
        yield { event: 'stage', data: 2 };
      } finally {
        ended = true;
      }
    }
    const stream = encodeEvents(events(), 5);
    expect(Buffer.from((await stream.next()).value as Uint8Array).toString()).toContain('event: stage');
    expect(Buffer.from((await stream.next()).value as Uint8Array).toString()).toMatch(/^: /);
    resolve();
    await stream.return();
    expect(ended).toBe(true);
  });
});
