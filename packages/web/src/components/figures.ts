import type { Queue } from '@buildsrs/common';
import { html, type Html, type MaybeHtml } from '../html.ts';
import { formatCount } from '../text/format.ts';

/** Numbers with their names, large. */
function figures(items: readonly (readonly [string, string | Html, MaybeHtml?])[]): Html {
  return html`<dl class="figures">
    ${items.map(
      ([name, value, remark]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${remark === undefined ? '' : html`<span class="figure-remark">${remark}</span>`}</dd>
        </div>`,
    )}
  </dl>`;
}

/** How the queue stands, in figures. */
export function queueFigures(queue: Queue): Html {
  return figures([
    ['Building', formatCount(queue.building + queue.scheduled)],
    ['Waiting', formatCount(queue.pending + queue.blocked)],
    ['Built', formatCount(queue.built)],
    ['Failed', formatCount(queue.failed)],
  ]);
}
