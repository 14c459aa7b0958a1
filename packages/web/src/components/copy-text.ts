import { html, type Html } from '../html.ts';

/** Text people paste elsewhere, with a button that copies it; the button shows where script runs, the text always. */
export function copyText(id: string, what: string, text: string): Html {
  return html`<div class="copy-box">
    <pre
      class="copy-source"
      id="${id}"
      tabindex="0"
      role="group"
      aria-label="${what}"
    ><code>${text}</code></pre>
    <button class="copy" type="button" data-copy="${id}" aria-label="${`Copy ${what}`}" hidden>Copy</button>
  </div>`;
}
