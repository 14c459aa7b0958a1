import type { ApiClient } from '@buildsrs/client';
import type { BuildId } from '@buildsrs/common';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { createLogReader } from './log-reader.ts';

const WHOLE = /^\d{1,15}$/;

function numberOf(text: string | undefined, fallback: number): number {
  return text !== undefined && WHOLE.test(text) ? Number(text) : fallback;
}

/**
 * The lines of a running build as they come, already taken apart: the script that shows them needs no knowledge of
 * terminals and makes text of text. Events: `lines` `{line, lines, tail}`, `stage`, `end`. An event's id is
 * `offset-line` where complete lines end, so a connection that broke goes on there.
 */
export function liveLog(c: Context, client: ApiClient, id: BuildId): Response {
  const [lastOffset, lastLine] = (c.req.header('last-event-id') ?? '').split('-');
  const start = numberOf(lastOffset, numberOf(c.req.query('offset'), 0));
  let line = numberOf(lastLine, numberOf(c.req.query('line'), 1));
  c.header('cache-control', 'no-store');
  c.header('x-accel-buffering', 'no');
  return streamSSE(c, async (stream) => {
    const stopped = new AbortController();
    stream.onAbort(() => stopped.abort());
    const reader = createLogReader();
    for await (const event of client.followBuild(id, { offset: start, signal: stopped.signal })) {
      if (event.type === 'log') {
        const lines = reader.push(event.bytes);
        const data = JSON.stringify({ line, lines, tail: reader.tail() ?? null });
        line += lines.length;
        await stream.writeSSE({ event: 'lines', data, id: `${start + reader.consumed()}-${line}` });
      } else {
        const { type, ...rest } = event;
        await stream.writeSSE({ event: type, data: JSON.stringify(rest) });
      }
    }
  });
}
