import { BuildIdSchema, ProblemError } from '@buildsrs/common';
import { Hono, type Context as HonoContext } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { parseRange } from '../http/byte-range.ts';
import { encodeEvents, type ServerEvent } from '../http/event-stream.ts';
import { streamOf } from '../http/stream-of.ts';
import { validate } from '../http/validate.ts';
import { buildEvents } from './build-events.ts';
import { findKnownBuild } from './build-state.ts';
import { followLog } from './follow-log.ts';
import { readLogBytes } from './read-log.ts';

/** A compiler may be silent this long (`silenceMs` of the usual limits, and some) while somebody reads along. */
const FOLLOW_IDLE_MS = 15 * 60_000;

const Offset = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^(?:0|[1-9]\d{0,14})$/, 'An offset is a number of bytes.'),
    v.transform(Number),
  ),
  '0',
);
const Param = v.object({ id: BuildIdSchema });
const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/** Ends a stream when its reader leaves or the backend stops; a follower then asks another backend. */
function untilStopped(context: Context, c: HonoContext<AppEnv>): { signal: AbortSignal; stop: () => void } {
  const left = new AbortController();
  c.env?.incoming?.socket.setTimeout(FOLLOW_IDLE_MS);
  return {
    signal: AbortSignal.any([left.signal, context.stopping, c.req.raw.signal]),
    stop: () => left.abort(),
  };
}

/** `/builds/{id}/log` and `/builds/{id}/events`: a build's log as bytes, and all of it live. */
export function logRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get(
      '/builds/:id/log',
      answers({
        id: 'readLog',
        tag: 'builds',
        summary: "A build's log",
        description:
          'Raw bytes as the build wrote them, terminal colours and all; one range of them by `Range`. With `follow=1` it goes on until the build has ended.',
        mediaType: 'text/plain',
        problems: ['build-not-found', 'range-not-satisfiable'],
      }),
      validate('param', Param),
      validate('query', v.object({ follow: v.optional(v.picklist(['0', '1']), '0') })),
      async (c) => {
        const row = await findKnownBuild(context, c.req.valid('param').id);
        const running = row.outcome === null;
        const isHead = c.req.method === 'HEAD';
        if (c.req.valid('query').follow === '1') {
          if (isHead) return c.body(null, 200, { ...HEADERS, 'cache-control': 'no-store' });
          const { signal, stop } = untilStopped(context, c);
          const stream = streamOf(followLog(context, row.id, 0, signal), stop);
          return c.body(stream, 200, { ...HEADERS, 'cache-control': 'no-store' });
        }
        const range = isHead ? undefined : parseRange(c.req.header('range'), row.logBytes);
        if (range === 'unsatisfiable') {
          c.header('content-range', `bytes */${row.logBytes}`);
          throw new ProblemError('range-not-satisfiable', `The log has ${row.logBytes} bytes so far.`);
        }
        const { start, end } = range ?? { start: 0, end: row.logBytes - 1 };
        const headers = {
          ...HEADERS,
          'accept-ranges': 'bytes',
          'cache-control': running ? 'no-cache' : 'public, max-age=86400',
          'content-length': String(end - start + 1),
        };
        if (isHead) return c.body(null, 200, headers);
        const stream = streamOf(readLogBytes(context, row, start, end + 1));
        if (range === undefined) return c.body(stream, 200, headers);
        const total = running ? '*' : String(row.logBytes);
        return c.body(stream, 206, { ...headers, 'content-range': `bytes ${start}-${end}/${total}` });
      },
    )
    .get(
      '/builds/:id/events',
      answers({
        id: 'followBuild',
        tag: 'builds',
        summary: 'A build as server-sent events',
        description:
          'Events `stage`, `log` and `end` with JSON data: every stage so far, then the log from `offset` (or from `Last-Event-ID`), then what comes. It ends with `end`.',
        mediaType: 'text/event-stream',
        problems: ['build-not-found'],
      }),
      validate('param', Param),
      validate('query', v.object({ offset: Offset })),
      async (c) => {
        const row = await findKnownBuild(context, c.req.valid('param').id);
        const resumed = v.safeParse(Offset, c.req.header('last-event-id'));
        const given = c.req.header('last-event-id') !== undefined && resumed.success;
        const offset = given ? resumed.output : c.req.valid('query').offset;
        const { signal, stop } = untilStopped(context, c);
        async function* events(): AsyncGenerator<ServerEvent, void, undefined> {
          for await (const event of buildEvents(context, row.id, offset, signal)) {
            const { type, ...data } = event;
            const end = event.type === 'log' ? event.offset + Buffer.byteLength(event.data, 'base64') : 0;
            yield { event: type, data, ...(event.type === 'log' ? { id: String(end) } : {}) };
          }
        }
        return c.body(streamOf(encodeEvents(events()), stop), 200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
      },
    );
}
