import type { BuildDetail, BuildId } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { artifactTable, memberTable } from '../components/artifact-table.ts';
import { buildInfoFacts } from '../components/build-info.ts';
import { failurePanel } from '../components/failure-panel.ts';
import { buildPath, cratePath } from '../components/links.ts';
import { stageList, stageTrack } from '../components/stage-track.ts';
import { buildMs } from '../components/stage-times.ts';
import { buildStatus } from '../components/status.ts';
import { targetTitle } from '../components/target.ts';
import { moment } from '../components/time.ts';
import { html, type Html } from '../html.ts';
import { loadLog, type LoadedLog } from '../log/load-log.ts';
import { logChunks } from '../log/log-view.ts';
import { formatBytes, formatDuration } from '../text/format.ts';
import { label } from '../text/visible.ts';

function head(build: BuildDetail): Html {
  return html`<nav class="crumbs" aria-label="Where this is">
      <a href="${cratePath(build.crate, build.version)}">← ${build.crate} ${build.version}</a>
    </nav>
    <header class="page-head">
      <p class="eyebrow">Build of a ${build.kind} task</p>
      <h1>${build.crate} <span class="version">${build.version}</span></h1>
      <p class="lead target-line">
        <span>${targetTitle(build.target)}</span> <span class="mono quiet">${build.target}</span>
      </p>
    </header>`;
}

function progress(build: BuildDetail, now: Date): Html {
  const running = build.outcome === null;
  return html`<section class="panel progress" id="progress" aria-label="Progress" data-refresh="progress">
    <div class="progress-head">
      ${buildStatus(build.outcome)}<span class="progress-time">${formatDuration(buildMs(build, now))}</span>
    </div>
    ${stageTrack(build, now)} ${stageList(build, now)}
    <p class="quiet progress-who">
      ${running ? 'Begun' : 'Ran'}
      ${moment(build.createdAt)}${build.builder === null ? '' : html` on builder <a href="/builders">${label(build.builder.name, 60)}</a>`}
    </p>
  </section>`;
}

function logSection(build: BuildDetail, log: LoadedLog): Html {
  const apiLog = `/api/v1${buildPath(build.id)}/log`;
  const live = build.outcome === null;
  const attributes = live
    ? html` data-live="${buildPath(build.id)}/live" data-offset="${log.offset}" data-line="${log.nextLine}"
      data-prefix="${log.leftOut === 0 ? 'L' : 'T'}"`
    : '';
  return html`<section class="log-section" aria-labelledby="log-title">
    <div class="section-head">
      <h2 id="log-title">Log</h2>
      <p class="log-tools">
        ${live ? html`<label class="follow" hidden data-follow><input type="checkbox" /> follow</label>` : ''}<span
          class="quiet"
          >${formatBytes(build.logBytes)}</span
        >
        <a href="${apiLog}">plain text</a>
      </p>
    </div>
    ${live ? html`<noscript><p class="notice">The build runs. This page shows the log as it was when it was loaded; load it again for more.</p></noscript>` : ''}
    <div class="log" ${attributes}>
      ${
        log.head.length === 0 && log.tail.length === 0
          ? html`<p class="log-empty">
              ${live ? 'Nothing was printed yet.' : 'This build printed nothing.'}
            </p>`
          : html`${logChunks(log.head, 1)}${
              log.leftOut === 0
                ? ''
                : html`<p class="log-gap">
                      ${formatBytes(log.leftOut)} are left out here; the
                      <a href="${apiLog}">plain text</a> has them.
                    </p>
                    ${logChunks(log.tail, 1, 'T')}`
            }`
      }
    </div>
  </section>`;
}

/**
 * `/builds/{id}`: stages with their times, why it failed or what it left, what went into it, the log; `?log=none` leaves
 * the log out, for a page that looks again how far the build is.
 */
export async function buildPage(
  { client, now, signal }: PageContext,
  id: BuildId,
  withLog: boolean,
): Promise<Page> {
  const build = await client.getBuild(id, { signal });
  const log = withLog ? await loadLog(client, id, build.logBytes, signal) : undefined;
  const live = build.outcome === null;
  return {
    title: `Build of ${build.crate} ${build.version} for ${build.target}`,
    live,
    scripts: ['log.js'],
    body: html`${head(build)} ${progress(build, now)}
    ${build.failure === null ? '' : failurePanel(build.failure)}
    ${
      build.artifacts.length === 0
        ? ''
        : html`<section aria-labelledby="files-title">
            <h2 id="files-title">Files</h2>
            ${artifactTable(build.artifacts)}
          </section>`
    }
    ${
      build.members.length === 0
        ? ''
        : html`<section aria-labelledby="members-title">
            <h2 id="members-title">Inside the archive</h2>
            ${memberTable(build.members)}
          </section>`
    }
    ${
      build.info === null
        ? ''
        : html`<section aria-labelledby="info-title">
            <h2 id="info-title">What went into it</h2>
            ${buildInfoFacts(build.info, build.inputId)}
          </section>`
    }
    ${log === undefined ? '' : logSection(build, log)}`,
  };
}
