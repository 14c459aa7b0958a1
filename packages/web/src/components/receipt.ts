import type { BuildDetail } from '@buildsrs/common';
import { html, type MaybeHtml } from '../html.ts';
import { formatBytes, formatDuration } from '../text/format.ts';
import { isArchive } from './install-lines.ts';
import { cratePath, buildPath } from './links.ts';
import { stageTrack } from './stage-track.ts';
import { buildMs } from './stage-times.ts';
import { targetTitle } from './target.ts';
import { ago } from './time.ts';

/** What was published last, as a receipt: the quickest way to see what one gets here. */
export function receipt(build: BuildDetail, now: Date): MaybeHtml {
  const artifact = build.artifacts.find(isArchive);
  if (artifact === undefined) return undefined;
  return html`<section class="receipt" aria-labelledby="receipt-title">
    <p class="receipt-head"><span>Published ${ago(build.endedAt ?? build.createdAt, now)}</span></p>
    <h2 id="receipt-title">
      <a href="${cratePath(build.crate, build.version)}">${build.crate}</a>
      <span class="version">${build.version}</span>
    </h2>
    <p class="quiet">${targetTitle(build.target)}</p>
    ${stageTrack(build, now)}
    <dl>
      <div>
        <dt>built in</dt>
        <dd>${formatDuration(buildMs(build, now))}, <a href="${buildPath(build.id)}">log</a></dd>
      </div>
      <div>
        <dt>size</dt>
        <dd>${formatBytes(artifact.size)}</dd>
      </div>
      <div class="receipt-sum">
        <dt>sha256</dt>
        <dd class="mono">${artifact.sha256.slice(0, 32)}<wbr />${artifact.sha256.slice(32)}</dd>
      </div>
    </dl>
  </section>`;
}
