import type { BuildDetail } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { buildRows } from '../components/build-rows.ts';
import { empty } from '../components/empty.ts';
import { queueFigures } from '../components/figures.ts';
import { receipt } from '../components/receipt.ts';
import { searchForm } from '../components/search-form.ts';
import { html, type Html } from '../html.ts';

const STEPS: readonly (readonly [string, string])[] = [
  [
    'fetch',
    'The source and its locked dependencies are downloaded and their checksums compared. No code of the crate runs yet.',
  ],
  ['resolve', 'The published Cargo.lock decides every version.'],
  ['build', 'The compiler runs shut in: without network, with limits on memory, time and disk.'],
  ['package', 'The programs go into an archive that is the same bytes whoever builds it.'],
  ['upload', 'Size and sha256 are checked on arrival, and only then does anybody see the file.'],
];

function way(): Html {
  return html`<section class="way" aria-labelledby="way-title">
    <h2 id="way-title">The way of a crate</h2>
    <ol>
      ${STEPS.map(
        ([stage, text]) =>
          html`<li>
            <span class="swatch stage-${stage}"></span>
            <h3>${stage}</h3>
            <p>${text}</p>
          </li>`,
      )}
    </ol>
  </section>`;
}

async function newestPublished({ client, signal }: PageContext): Promise<BuildDetail | undefined> {
  const { items } = await client.listBuilds({ outcome: 'succeeded', kind: 'binary', limit: 1 }, { signal });
  return items[0] === undefined ? undefined : await client.getBuild(items[0].id, { signal });
}

/** `/`: what this is, the search, what was published last, how the queue stands, the newest builds. */
export async function homePage(context: PageContext): Promise<Page> {
  const { client, now, signal } = context;
  const [queue, builds, published] = await Promise.all([
    client.getQueue({ signal }),
    client.listBuilds({ limit: 10 }, { signal }),
    newestPublished(context),
  ]);
  return {
    title: 'programs from crates.io, built and checked',
    ownSearch: true,
    body: html`<div class="hero">
        <div class="hero-words">
          <h1>Any program on crates.io, built, checked and ready to run.</h1>
          <p class="lead">
            Name a crate. It is compiled from its published source, shut in and without network, and you get
            the binary with its sha256, its log and everything that went into it.
          </p>
          ${searchForm('large')}
        </div>
        ${published === undefined ? '' : receipt(published, now)}
      </div>
      <section class="pulse" aria-label="The queue" data-refresh="pulse" id="pulse">
        ${queueFigures(queue)}
      </section>
      <section aria-labelledby="newest-title">
        <div class="section-head">
          <h2 id="newest-title">Newest builds</h2>
          <a href="/queue">The whole queue</a>
        </div>
        <div id="newest" data-refresh="newest">
          ${
            builds.items.length === 0
              ? empty(
                  'Nothing was built yet.',
                  'The first builds appear here as soon as a builder takes them.',
                )
              : buildRows(builds.items, now)
          }
        </div>
      </section>
      ${way()}`,
  };
}
