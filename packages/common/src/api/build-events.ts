import * as v from 'valibot';
import { TimestampSchema } from '../ids.ts';
import { BuildOutcomeSchema, StageSchema } from '../words.ts';

/**
 * What `GET /api/v1/builds/{id}/events` streams (server-sent events, the `type` is the event's name, the rest its JSON
 * data). It begins with every stage so far, then the log from `?offset=` (default 0), then what comes. The SSE `id` of a
 * `log` event is the offset behind its bytes, so a browser's `Last-Event-ID` resumes where it was; that header goes
 * before `?offset=`. `end` is the last event, also of a build that had ended before. Comment lines keep it alive.
 */
export const BuildEventSchema = v.variant('type', [
  v.object({ type: v.literal('stage'), stage: StageSchema, startedAt: TimestampSchema }),
  v.object({
    type: v.literal('log'),
    /** Where in the log the bytes begin. */
    offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    /** The bytes, base64. */
    data: v.pipe(v.string(), v.base64()),
  }),
  v.object({ type: v.literal('end'), outcome: BuildOutcomeSchema }),
]);
export type BuildEvent = v.InferOutput<typeof BuildEventSchema>;
