import { setTimeout as sleep } from 'node:timers/promises';
import {
  BuildEventSchema,
  SentenceError,
  type BuildId,
  type BuildOutcome,
  type Stage,
} from '@buildsrs/common';
import * as v from 'valibot';
import { apiPath, queryOf } from './api-path.ts';
import { eventsOf } from './event-stream.ts';
import type { Http } from './http.ts';

/** What happens in a build that is followed. */
export type BuildFollowEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly startedAt: string }
  | { readonly type: 'log'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly outcome: BuildOutcome };

/** How a build is followed. */
export interface FollowOptions {
  /** Where in the log to begin, in bytes; 0 when left out. */
  readonly offset?: number;
  readonly signal?: AbortSignal;
  /** Longest wait before connecting again; it doubles from a twentieth of it, with jitter. 10 s when left out. */
  readonly maxWaitMs?: number;
  /** How many connections in a row may bring nothing before it is given up. 10 when left out. */
  readonly maxAttempts?: number;
}

/** What a stretch of events left: only what is new is passed on, also when a server repeats itself. */
class Progress {
  offset: number;
  readonly #stages = new Set<string>();

  constructor(offset: number) {
    this.offset = offset;
  }

  take(event: v.InferOutput<typeof BuildEventSchema>): BuildFollowEvent | undefined {
    if (event.type === 'end') return event;
    if (event.type === 'stage') {
      const key = `${event.stage} ${event.startedAt}`;
      if (this.#stages.has(key)) return undefined;
      this.#stages.add(key);
      return event;
    }
    const bytes = Buffer.from(event.data, 'base64');
    const end = event.offset + bytes.length;
    if (end <= this.offset) return undefined;
    const skip = Math.max(0, this.offset - event.offset);
    this.offset = end;
    return { type: 'log', offset: event.offset + skip, bytes: bytes.subarray(skip) };
  }
}

function parseEvent(name: string, data: string): v.InferOutput<typeof BuildEventSchema> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  // Events of a newer server that this client does not know are left out, not fatal.
  const result = v.safeParse(BuildEventSchema, { ...json, type: name });
  return result.success ? result.output : undefined;
}

/** See `ApiClient.followBuild`. */
export async function* followBuild(
  http: Http,
  id: BuildId,
  options: FollowOptions = {},
): AsyncGenerator<BuildFollowEvent, void, void> {
  const { signal, maxWaitMs = 10_000, maxAttempts = 10 } = options;
  const progress = new Progress(options.offset ?? 0);
  let barren = 0;
  for (;;) {
    try {
      const path = apiPath`/builds/${id}/events`;
      const response = await http.open(path + queryOf({ offset: progress.offset }), {
        headers: { accept: 'text/event-stream' },
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const { event, data } of eventsOf(response.body, signal)) {
        const parsed = parseEvent(event, data);
        const news = parsed === undefined ? undefined : progress.take(parsed);
        if (news === undefined) continue;
        barren = 0;
        yield news;
        if (news.type === 'end') return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!http.mayPass(error)) throw error;
    }
    barren += 1;
    if (barren >= maxAttempts) {
      throw new SentenceError(
        'unreachable',
        `The connection to ${http.origin} broke ${maxAttempts} times while build ${id} was followed; the build goes on without us. Try again later.`,
      );
    }
    const waitMs = Math.min(maxWaitMs, (maxWaitMs / 20) * 2 ** (barren - 1));
    await sleep(waitMs * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal });
  }
}
