import { html, raw, type Html } from '../html.ts';
import { escapeText } from './escape-text.ts';
import type { LogLine, LogSpan } from './log-line.ts';

/** Lines in one piece of the page that the browser lays out only when it is near (`content-visibility`). */
const CHUNK_LINES = 200;

function spanMarkup({ text, classes, href }: LogSpan): string {
  const inner = escapeText(text);
  const styled = classes === '' ? inner : `<span class="${escapeText(classes)}">${inner}</span>`;
  return href === undefined
    ? styled
    : `<a href="${escapeText(href)}" rel="noopener noreferrer">${styled}</a>`;
}

/** A line's number is its link; `prefix` keeps lines apart that have no number in the whole log. */
function lineMarkup(line: LogLine, number: number, prefix: string): string {
  const id = `${prefix}${number}`;
  return `<div class="line" id="${id}"><a class="line-number" href="#${id}" aria-label="Line ${number}" tabindex="-1">${number}</a><code>${line.map(spanMarkup).join('')}</code></div>`;
}

/** Lines in chunks. Written by hand-made concatenation, as a log has thousands of them; every text in it is escaped. */
export function logChunks(lines: readonly LogLine[], firstNumber: number, prefix = 'L'): Html {
  const chunks: string[] = [];
  for (let at = 0; at < lines.length; at += CHUNK_LINES) {
    const markup = lines
      .slice(at, at + CHUNK_LINES)
      .map((line, index) => lineMarkup(line, firstNumber + at + index, prefix));
    chunks.push(`<div class="log-chunk">${markup.join('')}</div>`);
  }
  return html`${raw(chunks.join(''))}`;
}
