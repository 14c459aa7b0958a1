import type { ApiClient } from '@buildsrs/client';
import type { BuildId } from '@buildsrs/common';
import type { LogLine } from './log-line.ts';
import { createLogReader } from './log-reader.ts';

/** A log up to this size is on the page as a whole (a large program's is 100 KiB); of a larger one its ends are. */
const WHOLE_BYTES = 1024 * 1024;
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 512 * 1024;

/** A log as the page shows it. */
export interface LoadedLog {
  readonly head: readonly LogLine[];
  /** Bytes between head and tail that are not on the page; 0 where the head is all. */
  readonly leftOut: number;
  /** The end of a log that is too large; its lines have no number, as what is before them was not counted. */
  readonly tail: readonly LogLine[];
  /** Where complete lines end: a live view goes on from here. */
  readonly offset: number;
  /** The number of the line that begins there, counted in the tail where there is one. */
  readonly nextLine: number;
}

/** Reads a build's log for its page: all of it, or its beginning and its end. */
export async function loadLog(
  client: ApiClient,
  id: BuildId,
  logBytes: number,
  signal: AbortSignal,
): Promise<LoadedLog> {
  const whole = logBytes <= WHOLE_BYTES;
  const first = await client.readLog(id, { start: 0, end: whole ? WHOLE_BYTES + 1 : HEAD_BYTES }, { signal });
  const reader = createLogReader();
  const head = reader.push(first.bytes);
  if (whole) {
    const rest = reader.tail();
    return {
      head: rest === undefined ? head : [...head, rest],
      leftOut: 0,
      tail: [],
      offset: reader.consumed(),
      nextLine: head.length + 1,
    };
  }
  const start = Math.max(reader.consumed(), logBytes - TAIL_BYTES);
  const last = await client.readLog(id, { start }, { signal });
  const lineStart = start === reader.consumed() ? 0 : last.bytes.indexOf(0x0a) + 1;
  const tailReader = createLogReader();
  const tail = tailReader.push(last.bytes.subarray(lineStart));
  const rest = tailReader.tail();
  return {
    head,
    leftOut: start + lineStart - reader.consumed(),
    tail: rest === undefined ? tail : [...tail, rest],
    offset: start + lineStart + tailReader.consumed(),
    nextLine: tail.length + 1,
  };
}
