import { html, type MaybeHtml } from '../html.ts';

/** A link to the next page of a list, where there is one, and back to its beginning. */
export function pager(
  path: string,
  query: Readonly<Record<string, string>>,
  cursor: string | undefined,
  next: string | null,
): MaybeHtml {
  if (next === null && cursor === undefined) return undefined;
  const link = (extra: Readonly<Record<string, string>>): string => {
    const search = new URLSearchParams({ ...query, ...extra }).toString();
    return search === '' ? path : `${path}?${search}`;
  };
  return html`<nav class="pager" aria-label="Pages">
    ${cursor === undefined ? '' : html`<a href="${link({})}">← From the beginning</a>`}
    ${next === null ? '' : html`<a class="pager-next" href="${link({ cursor: next })}" rel="next">More →</a>`}
  </nav>`;
}
