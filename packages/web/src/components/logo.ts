import { html, type Html } from '../html.ts';

/** The mark: a crate seen from the front, whose brace is a check mark. Decorative; the name stands beside it. */
export function logo(): Html {
  return html`<svg
    class="mark"
    viewBox="0 0 32 32"
    width="28"
    height="28"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="mark-crate" x="2.5" y="2.5" width="27" height="27" rx="5.5" />
    <path class="mark-slats" d="M8 8.7h16M8 23.3h16" />
    <path class="mark-check" d="m9.6 16.3 4.4 4.3 8.8-8.8" />
  </svg>`;
}
