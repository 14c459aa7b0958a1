import type { CrateDetail, CrateName, Version } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { status } from '../components/status.ts';
import { cratePath } from '../components/links.ts';
import { targetChips } from '../components/target.ts';
import { versionBody, versionHead } from '../components/version-body.ts';
import { html, type Html } from '../html.ts';
import { label } from '../text/visible.ts';

function versionTable(crate: CrateDetail, current: Version | null): Html {
  return html`<section aria-labelledby="versions-title">
    <h2 id="versions-title">Versions</h2>
    <div class="table-frame" role="group" aria-label="Versions" tabindex="0">
      <table class="table">
        <caption class="visually-hidden">
          Versions of ${crate.name}
        </caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Status</th>
            <th scope="col">Targets</th>
          </tr>
        </thead>
        <tbody>
          ${crate.versions.map(
            (entry) =>
              html`<tr>
                <th scope="row">
                  <a class="version" href="${cratePath(crate.name, entry.version)}">${entry.version}</a
                  >${entry.version === current ? html` <span class="chip chip-accent">latest</span>` : ''}${entry.yanked ? html` <span class="chip chip-warn">yanked</span>` : ''}
                </th>
                <td>
                  ${entry.status === null ? html`<span class="quiet">not asked for</span>` : status(entry.status)}
                </td>
                <td>${targetChips(entry.targets, 'none')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** `/crates/{name}`: the latest version, how to get it, and all versions. */
export async function cratePage(context: PageContext, name: CrateName): Promise<Page> {
  const { client, signal } = context;
  const crate = await client.getCrate(name, { signal });
  const latest =
    crate.latest === null ? undefined : await client.getVersion(crate.name, crate.latest, { signal });
  const description = crate.description ?? latest?.facts?.description;
  return {
    title: crate.name,
    section: 'crates',
    ...(description === undefined ? {} : { description: label(description, 300) }),
    body: html`${versionHead(crate.name, latest, description)}
    ${latest === undefined ? html`<p class="notice notice-warn">Every version of this crate is yanked. A yanked version is built only when it is named exactly.</p>` : versionBody(context, latest)}
    ${versionTable(crate, crate.latest)}`,
  };
}
