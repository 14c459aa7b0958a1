import { html, type Html } from '../html.ts';

/** The search for crates; a plain form. `/` puts the cursor into it where script runs. */
export function searchForm(kind: 'header' | 'large', query = ''): Html {
  const id = `search-${kind}`;
  return html`<search>
    <form class="search search-${kind}" action="/crates" method="get">
      <label class="visually-hidden" for="${id}">Search crates</label>
      <svg
        class="search-sign"
        viewBox="0 0 16 16"
        width="16"
        height="16"
        aria-hidden="true"
        focusable="false"
      >
        <circle cx="7" cy="7" r="4.6" />
        <path d="m10.5 10.5 3.4 3.4" />
      </svg>
      <input
        id="${id}"
        name="q"
        type="search"
        value="${query}"
        maxlength="128"
        placeholder="${kind === 'large' ? 'ripgrep, hexyl, bat …' : 'Search crates'}"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        data-search-field
      />
      ${kind === 'large' ? html`<button class="button" type="submit">Search</button>` : html`<kbd class="search-key" aria-hidden="true">/</kbd>`}
    </form>
  </search>`;
}
