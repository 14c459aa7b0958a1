import type { BuildId, CrateName, Version } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { safeUrl } from '../text/safe-url.ts';
import { label } from '../text/visible.ts';

/** One segment of a path. Names are proven by their schemas before they come here; this holds if one ever is not. */
const segment = (text: string): string => encodeURIComponent(text.toWellFormed());

/** The path of a crate's page. */
export function cratePath(name: CrateName, version?: Version): string {
  const base = `/crates/${segment(name)}`;
  return version === undefined ? base : `${base}/${segment(version)}`;
}

/** The path of a build's page. */
export function buildPath(id: BuildId): string {
  return `/builds/${segment(id)}`;
}

/** A link that came from a crate, if a browser may follow it; else its text. */
export function outsideLink(text: string): Html {
  const url = safeUrl(text);
  if (url === undefined) return html`<bdi>${label(text)}</bdi>`;
  const shown = label(`${url.host}${url.pathname === '/' ? '' : url.pathname}`, 60);
  return html`<a href="${url.href}" rel="nofollow noopener noreferrer ugc"><bdi>${shown}</bdi></a>`;
}
