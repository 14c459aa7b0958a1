import type { Page, PageContext } from '../page.ts';
import { crateRows } from '../components/crate-rows.ts';
import { empty } from '../components/empty.ts';
import { pager } from '../components/pager.ts';
import { html } from '../html.ts';
import { label } from '../text/visible.ts';

/** `/crates?q=`: crates by name and description; without `q` all, newest change first. */
export async function searchPage(
  { client, now, signal }: PageContext,
  query: string,
  cursor: string | undefined,
): Promise<Page> {
  const wanted = query.trim().slice(0, 128);
  const found = await client.searchCrates(
    { ...(wanted === '' ? {} : { query: wanted }), ...(cursor === undefined ? {} : { cursor }) },
    { signal },
  );
  const title = wanted === '' ? 'Crates' : `Crates for “${label(wanted, 60)}”`;
  return {
    title,
    section: 'crates',
    query: wanted,
    body: html`<h1>${wanted === '' ? 'Crates' : html`Crates for “<bdi>${label(wanted, 60)}</bdi>”`}</h1>
      ${
        found.items.length > 0
          ? crateRows(found.items, now)
          : wanted === ''
            ? empty('There are no crates yet.', 'They appear as soon as the registry is synchronised.')
            : empty(
                'No crate has this in its name or description.',
                html`Only crates that were synchronised are found here. Try fewer letters, or look at
                  <a href="/crates">all crates</a>.`,
              )
      }
      ${pager('/crates', wanted === '' ? {} : { q: wanted }, cursor, found.next)}`,
  };
}
