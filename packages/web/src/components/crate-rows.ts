import type { CrateSummary } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { formatCount } from '../text/format.ts';
import { label } from '../text/visible.ts';
import { cratePath } from './links.ts';
import { targetChips } from './target.ts';
import { ago } from './time.ts';

function row(crate: CrateSummary, now: Date): Html {
  return html`<li class="row crate-row">
    <div class="row-main">
      <a class="row-link" href="${cratePath(crate.name)}"
        ><strong>${crate.name}</strong>
        ${crate.latest === null ? html`<span class="quiet">all versions yanked</span>` : html`<span class="version">${crate.latest}</span>`}</a
      >
      ${crate.description === null ? '' : html`<p class="row-text"><bdi>${label(crate.description, 200)}</bdi></p>`}
      ${targetChips(crate.targets, 'not built yet')}
    </div>
    <div class="row-side">
      <span>${formatCount(crate.downloads)} downloads</span
      ><span class="quiet">changed ${ago(crate.updatedAt, now)}</span>
    </div>
  </li>`;
}

/** Crates, one a row. */
export function crateRows(crates: readonly CrateSummary[], now: Date): Html {
  return html`<ul class="rows">
    ${crates.map((crate) => row(crate, now))}
  </ul>`;
}
