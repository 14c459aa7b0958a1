import type { BuildId, CrateName, Version } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { safeUrl } from '../text/safe-url.ts';
import { label } from '../text/visible.ts';

/** The path of a crate's page. */
export function cratePath(name: CrateName, version?: Version): string {
  const base = `/crates/${encodeURIComponent(name)}`;
  return version === undefined ? base : `${base}/${encodeURIComponent(version)}`;
}

/** The path of a build's page. */
export function buildPath(id: BuildId): string {
  return `/builds/${encodeURIComponent(id)}`;
}

/** A link that came from a crate, if a browser may follow it; else its text. */
export function outsideLink(text: string): Html {
  const url = safeUrl(text);
  if (url === undefined) return html`<bdi>${label(text)}</bdi>`;
  const shown = label(`${url.host}${url.pathname === '/' ? '' : url.pathname}`, 60);
  return html`<a href="${url.href}" rel="nofollow noopener noreferrer ugc"><bdi>${shown}</bdi></a>`;
}
