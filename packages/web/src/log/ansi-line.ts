import { safeUrl } from '../text/safe-url.ts';
import { visible } from '../text/visible.ts';
import { escapeSequence } from './escape-sequence.ts';
import type { LogLine, LogSpan } from './log-line.ts';
import { applySgr, classesOf, type Style } from './sgr.ts';

/** Beyond these a line goes on without style, or is cut: a crate may print a colour per letter, or a line of a gigabyte. */
const MAX_SPANS = 400;
const MAX_CHARACTERS = 8_000;

/** rustc links its error codes to their explanation; every other link a crate prints stays text. */
function documentationLink(uri: string): string | undefined {
  const url = safeUrl(uri);
  return url?.protocol === 'https:' && url.host === 'doc.rust-lang.org' ? url.href : undefined;
}

/** What a carriage return leaves of a line: progress bars overwrite themselves, and the last stands. */
function lastOverwrite(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\r') end -= 1;
  const trimmed = text.slice(0, end);
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
}

/** Makes a line that acts on nothing: styles become classes, what else a terminal would obey is left out or made visible. */
export function ansiLine(text: string, style: Style): { line: LogLine; style: Style } {
  const spans: LogSpan[] = [];
  let current = style;
  let href: string | undefined;
  let characters = 0;
  const add = (piece: string): void => {
    characters += piece.length;
    const room = MAX_CHARACTERS - (characters - piece.length);
    if (piece === '' || room <= 0) return;
    const kept = visible(piece.slice(0, room));
    const classes = spans.length < MAX_SPANS ? classesOf(current) : '';
    const last = spans.at(-1);
    if (last !== undefined && last.classes === classes && last.href === href) {
      spans[spans.length - 1] = { ...last, text: last.text + kept };
    } else spans.push({ text: kept, classes, ...(href === undefined ? {} : { href }) });
  };
  const shown = lastOverwrite(text);
  let at = 0;
  for (let escape = shown.indexOf('\u001b'); escape !== -1; escape = shown.indexOf('\u001b', at)) {
    add(shown.slice(at, escape));
    const sequence = escapeSequence(shown, escape);
    at = sequence.end;
    if (sequence.sgr !== undefined) current = applySgr(current, sequence.sgr);
    if (sequence.link !== undefined) {
      href = spans.length < MAX_SPANS ? documentationLink(sequence.link) : undefined;
    }
  }
  add(shown.slice(at));
  if (characters > MAX_CHARACTERS)
    spans.push({ text: ' … the rest of this line is left out', classes: 'cut' });
  return { line: spans, style: current };
}
