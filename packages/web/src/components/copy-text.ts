import { html, type Html } from '../html.ts';

/** Text people paste elsewhere. `what` ends the sentence "Copy …"; `language` stands above the text. */
export interface CopyText {
  readonly id: string;
  readonly language: string;
  readonly what: string;
  readonly text: string;
}

/** Text to paste, with a button that copies it; the button shows where script runs, the text always. */
export function copyText({ id, language, what, text }: CopyText): Html {
  return html`<div class="copy-box">
    <div class="copy-head">
      <span>${language}</span
      ><button class="copy" type="button" data-copy="${id}" hidden>
        <span data-copy-word>Copy</span><span class="visually-hidden"> ${what}</span>
      </button>
    </div>
    <pre
      class="copy-source"
      id="${id}"
      tabindex="0"
      role="group"
      aria-label="${what}"
    ><code>${text}</code></pre>
  </div>`;
}
