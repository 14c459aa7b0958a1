import { html, type Html } from '../html.ts';
import type { Page, PageContext, Section } from '../page.ts';
import { logo } from './logo.ts';
import { searchForm } from './search-form.ts';

const SECTIONS: readonly (readonly [Section, string, string])[] = [
  ['crates', '/crates', 'Crates'],
  ['queue', '/queue', 'Queue'],
  ['builders', '/builders', 'Builders'],
  ['api', '/docs/api', 'API'],
];

function navigation(current: Section | undefined): Html {
  return html`<nav class="site-nav" aria-label="Site">
    <ul>
      ${SECTIONS.map(
        ([section, path, word]) =>
          html`<li>
            <a href="${path}" ${section === current ? html` aria-current="page"` : ''}>${word}</a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** The whole document around a page. */
export function layout(
  page: Page,
  { assets, publicUrl }: Pick<PageContext, 'assets' | 'publicUrl'>,
  isHome: boolean,
): Html {
  const description =
    page.description ?? 'Programs from crates.io, built from their published source and checked.';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${isHome ? `builds.rs · ${page.title}` : `${page.title} · builds.rs`}</title>
        <meta name="description" content="${description}" />
        <meta property="og:site_name" content="builds.rs" />
        <meta property="og:title" content="${page.title}" />
        <meta property="og:description" content="${description}" />
        <link rel="icon" type="image/svg+xml" href="${assets.path('favicon.svg')}" />
        <link rel="preload" as="font" type="font/woff2" crossorigin href="${assets.path('sans.woff2')}" />
        <link rel="stylesheet" href="${assets.path('site.css')}" />
        ${['site.js', ...(page.scripts ?? [])].map((name) => html`<script type="module" src="${assets.path(name)}"></script>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="site-header">
          <div class="wide">
            <a class="home-link" href="/" ${isHome ? html` aria-current="page"` : ''}
              >${logo()}<span class="wordmark">builds<span class="wordmark-dot">.rs</span></span></a
            >
            ${navigation(page.section)} ${page.ownSearch === true ? '' : searchForm('header', page.query)}
          </div>
        </header>
        <main id="main" tabindex="-1"><div class="wide">${page.body}</div></main>
        <footer class="site-footer">
          <div class="wide">
            <p>
              builds.rs compiles what is published on crates.io and gives back the binary with its sha256. It
              is not run by crates.io.
            </p>
            <ul>
              <li><a href="/docs/api">API</a></li>
              <li><a href="/queue">Queue</a></li>
              <li><a href="/builders">Builders</a></li>
              <li class="quiet">${new URL(publicUrl).host}</li>
            </ul>
          </div>
        </footer>
      </body>
    </html>`;
}
