import type { Task } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { label } from '../text/visible.ts';
import { buildPath, cratePath } from './links.ts';
import { status } from './status.ts';
import { targetTitle } from './target.ts';
import { ago } from './time.ts';

function remark(task: Task, now: Date): Html | string {
  if (task.failure !== null)
    return html`<span class="quiet"
      >${task.failure.kind.replaceAll('-', ' ')}: ${label(task.failure.hint, 140)}</span
    >`;
  if (task.notBefore !== null && Date.parse(task.notBefore) > now.getTime()) {
    const seconds = Math.ceil((Date.parse(task.notBefore) - now.getTime()) / 1_000);
    return html`<span class="quiet">tried again in ${seconds} s, attempt ${task.attempts + 1}</span>`;
  }
  return task.attempts > 1 ? html`<span class="quiet">${task.attempts} attempts</span>` : '';
}

/** Tasks in a table; `withCrate` where they are of several crates. */
export function taskTable(caption: string, tasks: readonly Task[], now: Date, withCrate: boolean): Html {
  return html`<div class="table-frame" role="group" aria-label="${caption}" tabindex="0">
    <table class="table">
      <caption class="visually-hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${withCrate ? html`<th scope="col">Crate</th>` : ''}
          <th scope="col">Target</th>
          <th scope="col">Status</th>
          <th scope="col">Build</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        ${tasks.map(
          (task) =>
            html`<tr>
              ${
                withCrate
                  ? html`<th scope="row">
                      <a href="${cratePath(task.crate, task.version)}"
                        >${task.crate} <span class="version">${task.version}</span></a
                      >
                    </th>`
                  : ''
              }
              <td>
                <span class="mono" title="${targetTitle(task.target)}"
                  >${task.kind === 'binary' ? task.target : task.kind}</span
                >
              </td>
              <td>${status(task.status)} ${remark(task, now)}</td>
              <td class="cell-inline">
                ${task.build === null ? html`<span class="quiet nowrap">${task.status === 'failed' ? 'none' : 'none yet'}</span>` : html`<a href="${buildPath(task.build)}" aria-label="${`log of ${task.crate} ${task.version} for ${task.target}`}">log</a>`}
              </td>
              <td class="nowrap cell-inline">${ago(task.updatedAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
