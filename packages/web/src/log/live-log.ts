import type { ApiClient } from '@buildsrs/client';
import type { BuildId } from '@buildsrs/common';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { createLogReader } from './log-reader.ts';

const WHOLE = /^\d{1,15}$/;

/** A comment as often as this keeps proxies and servers from closing a connection on which a compiler is silent. */
const KEEP_ALIVE_MS = 15_000;

function numberOf(text: string | undefined, fallback: number): number {
  return text !== undefined && WHOLE.test(text) ? Number(text) : fallback;
}

/**
 * The lines of a running build as they come, already taken apart: the script that shows them needs no knowledge of
 * terminals and makes text of text. Events: `lines` `{line, lines, tail}`, `stage`, `end`. An event's id is
 * `offset-line` where complete lines end, so a connection that broke goes on there.
 */
export async function liveLog(
  c: Context,
  client: ApiClient,
  id: BuildId,
  stopping: AbortSignal,
): Promise<Response> {
  // A build that is not there is a problem now; a browser would ask for an empty stream again and again.
  await client.getBuild(id, { signal: c.req.raw.signal });
  const [lastOffset, lastLine] = (c.req.header('last-event-id') ?? '').split('-');
  const start = numberOf(lastOffset, numberOf(c.req.query('offset'), 0));
  let line = numberOf(lastLine, numberOf(c.req.query('line'), 1));
  c.header('cache-control', 'no-store');
  c.header('x-accel-buffering', 'no');
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, stopping]);
    const keepAlive = setInterval(() => void stream.write(': still here\n\n'), KEEP_ALIVE_MS);
    stream.onAbort(() => gone.abort());
    const reader = createLogReader();
    try {
      for await (const event of client.followBuild(id, { offset: start, signal })) {
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
    } catch {
      // The connection ends and the browser comes back to where it was; whoever went away is nobody's error.
    } finally {
      clearInterval(keepAlive);
    }
  });
}
