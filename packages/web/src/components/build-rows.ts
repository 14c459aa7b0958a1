import type { Build } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { formatDuration } from '../text/format.ts';
import { buildPath } from './links.ts';
import { stageTrack } from './stage-track.ts';
import { buildMs } from './stage-times.ts';
import { buildStatus } from './status.ts';
import { ago } from './time.ts';

function row(build: Build, now: Date): Html {
  return html`<li class="row build-row">
    <div class="row-status">${buildStatus(build.outcome)}</div>
    <div class="row-main">
      <a class="row-link" href="${buildPath(build.id)}"
        ><strong>${build.crate}</strong> <span class="version">${build.version}</span></a
      >
      <span class="row-sub">${build.kind === 'binary' ? build.target : build.kind}</span>
    </div>
    <div class="row-track">${stageTrack(build, now)}</div>
    <div class="row-figure">${formatDuration(buildMs(build, now))}</div>
    <div class="row-time">${ago(build.endedAt ?? build.createdAt, now)}</div>
  </li>`;
}

/** Builds, one a row, each with its strip of stages. */
export function buildRows(builds: readonly Build[], now: Date): Html {
  return html`<ul class="rows">
    ${builds.map((build) => row(build, now))}
  </ul>`;
}
