import { ansiLine } from './ansi-line.ts';
import type { LogLine } from './log-line.ts';
import { PLAIN, type Style } from './sgr.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Bytes of one line that are kept; `ansiLine` shows less. */
const MAX_LINE_BYTES = 64 * 1024;

/** Reads a log's bytes as they come and gives its lines, styles carried from line to line. */
export interface LogReader {
  /** The lines these bytes complete. */
  readonly push: (bytes: Uint8Array) => LogLine[];
  /** The line that is not complete yet, if there is one. */
  readonly tail: () => LogLine | undefined;
  /** Bytes in complete lines so far. */
  readonly consumed: () => number;
}

/** Makes a {@link LogReader}. Bytes that are not UTF-8 become U+FFFD. */
export function createLogReader(): LogReader {
  const decoder = new TextDecoder();
  let style: Style = PLAIN;
  let pending: Uint8Array = new Uint8Array();
  let pendingTotal = 0;
  let consumed = 0;

  const keep = (bytes: Uint8Array): void => {
    pendingTotal += bytes.length;
    const joined = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    if (joined.length <= MAX_LINE_BYTES) {
      pending = joined;
      return;
    }
    // Of a progress bar only what stands last is shown, so only that need be kept.
    const overwritten = joined.subarray(0, -1).lastIndexOf(CARRIAGE_RETURN);
    const rest = overwritten === -1 ? joined : joined.subarray(overwritten + 1);
    pending = rest.slice(0, MAX_LINE_BYTES);
  };

  return {
    push(bytes) {
      const lines: LogLine[] = [];
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(LINE_FEED, start);
        if (end === -1) break;
        keep(bytes.subarray(start, end));
        const result = ansiLine(decoder.decode(pending), style);
        style = result.style;
        lines.push(result.line);
        consumed += pendingTotal + 1;
        pending = new Uint8Array();
        pendingTotal = 0;
        start = end + 1;
      }
      if (start < bytes.length) keep(bytes.slice(start));
      return lines;
    },
    tail: () => (pendingTotal === 0 ? undefined : ansiLine(decoder.decode(pending), style).line),
    consumed: () => consumed,
  };
}
