import { formatAgo, formatMoment } from '../text/format.ts';
import { html, type Html } from '../html.ts';

/** How long ago, with the moment as its title; a script keeps it true while the page stands. */
export function ago(timestamp: string, now: Date): Html {
  const then = new Date(timestamp);
  return html`<time datetime="${then.toISOString()}" title="${formatMoment(then)}" data-ago
    >${formatAgo(then, now)}</time
  >`;
}

/** A moment in full. */
export function moment(timestamp: string): Html {
  const then = new Date(timestamp);
  return html`<time datetime="${then.toISOString()}">${formatMoment(then)}</time>`;
}
