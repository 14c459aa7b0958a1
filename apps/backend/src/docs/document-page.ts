import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A plain page of documentation: complete without script, readable at any width, light and dark. */
export function documentPage(page: { title: string; body: Markup }): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} – builds.rs</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <header><a href="/">builds.rs</a></header>
        <main>${page.body}</main>
      </body>
    </html>`;
}

/** The stylesheet of {@link documentPage}, served apart as the content policy allows no inline style. */
export const DOCUMENT_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dbe0, #3a3f47); --soft: light-dark(#f4f5f7, #1d2026); --accent: light-dark(#a3410b, #ff9d66); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#fff, #14161a); color: light-dark(#1c1f24, #e6e8eb); }
header { padding: .8rem 1.2rem; border-bottom: 1px solid var(--line); font-weight: 700; }
header a { color: inherit; text-decoration: none; }
main { max-width: 60rem; margin: 0 auto; padding: 1.2rem; }
a { color: var(--accent); }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .8rem; background: var(--soft); border-radius: 6px; }
details.operation { border: 1px solid var(--line); border-radius: 8px; margin: .7rem 0; padding: .6rem .9rem; }
details.operation > summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: baseline; }
.method { font: 700 .8rem ui-monospace, monospace; color: var(--accent); min-width: 3.2rem; }
.muted { opacity: .75; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
`;
