import type { CrateName, Version } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { cratePath } from '../components/links.ts';
import { versionBody, versionHead } from '../components/version-body.ts';
import { html } from '../html.ts';
import { label } from '../text/visible.ts';

/** `/crates/{name}/{version}`: one version. */
export async function versionPage(context: PageContext, name: CrateName, number: Version): Promise<Page> {
  const version = await context.client.getVersion(name, number, { signal: context.signal });
  const description = version.facts?.description;
  return {
    title: `${version.crate} ${version.version}`,
    section: 'crates',
    ...(description === undefined ? {} : { description: label(description, 300) }),
    body: html`<nav class="crumbs" aria-label="Where this is">
        <a href="${cratePath(version.crate)}">← all versions of ${version.crate}</a>
      </nav>
      ${versionHead(version.crate, version, description)} ${versionBody(context, version)}`,
  };
}
