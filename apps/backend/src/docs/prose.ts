import { html, type Html } from '@buildsrs/web';

/** Text in which backticks set code, as OpenAPI's descriptions (CommonMark) have it; no other mark-up is read. */
export function prose(text: string): Html {
  const parts = text.split('`');
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
