import { html, type Html } from '../html.ts';

/** What stands where a list has nothing: what that means, and what can be done. */
export function empty(title: string, text: Html | string): Html {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    <p>${text}</p>
  </div>`;
}
