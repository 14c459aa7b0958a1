import { html, raw, type Html } from '../html.ts';

const PATHS = {
  check: 'm4.5 8.3 2.4 2.4 4.6-5',
  cross: 'm5.4 5.4 5.2 5.2m0-5.2-5.2 5.2',
  clock: 'M8 4.8V8l2.2 1.5',
  dots: 'M4.9 8h.01M8 8h.01M11.1 8h.01',
  bang: 'M8 4.6v4M8 11.2h.01',
  minus: 'M5 8h6',
  play: 'M8 1.75a6.25 6.25 0 0 1 6.25 6.25',
} as const;

/** The name of a sign within a circle. */
export type IconName = keyof typeof PATHS;

/** A small sign in a circle, in the colour of the text around it. Decorative: a word always stands beside it. */
export function icon(name: IconName): Html {
  return html`<svg
    class="icon icon-${name}"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    aria-hidden="true"
    focusable="false"
  >
    <circle cx="8" cy="8" r="6.25" />
    <path d="${raw(PATHS[name])}" />
  </svg>`;
}
