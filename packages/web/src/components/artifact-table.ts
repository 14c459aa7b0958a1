import type { ArchiveMember, Artifact } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { formatBytes, formatCount } from '../text/format.ts';
import { label } from '../text/visible.ts';
import { downloadLink } from './install-panel.ts';

/** What a build published. */
export function artifactTable(artifacts: readonly Artifact[]): Html {
  return html`<div class="table-frame" role="group" aria-label="Published files" tabindex="0">
    <table class="table">
      <caption class="visually-hidden">
        Published files
      </caption>
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">Size</th>
          <th scope="col">sha256</th>
          <th scope="col">Downloads</th>
        </tr>
      </thead>
      <tbody>
        ${artifacts.map(
          (artifact) =>
            html`<tr>
              <th scope="row">${downloadLink(artifact, artifact.name, 'mono')}</th>
              <td class="nowrap number cell-inline">${formatBytes(artifact.size)}</td>
              <td class="mono digest">${artifact.sha256}</td>
              <td class="number cell-inline" data-label="downloads">${formatCount(artifact.downloads)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What is inside the archive, each file with its own sum: people hash the program they run, not our archive. */
export function memberTable(members: readonly ArchiveMember[]): Html {
  return html`<div class="table-frame" role="group" aria-label="Inside the archive" tabindex="0">
    <table class="table">
      <caption class="visually-hidden">
        Inside the archive
      </caption>
      <thead>
        <tr>
          <th scope="col">Path</th>
          <th scope="col">Size</th>
          <th scope="col">sha256</th>
        </tr>
      </thead>
      <tbody>
        ${members.map(
          (member) =>
            html`<tr>
              <th scope="row" class="mono">
                <bdi>${label(member.path, 200)}</bdi
                >${member.executable ? html` <span class="chip">program</span>` : ''}
              </th>
              <td class="nowrap number cell-inline">${formatBytes(member.size)}</td>
              <td class="mono digest">${member.sha256}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
