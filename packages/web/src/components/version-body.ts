import type { CrateFacts, CrateName, Task, VersionDetail } from '@buildsrs/common';
import { html, type Html, type MaybeHtml } from '../html.ts';
import type { PageContext } from '../page.ts';
import { formatCount } from '../text/format.ts';
import { label } from '../text/visible.ts';
import { empty } from './empty.ts';
import { isArchive } from './install-lines.ts';
import { installPanel } from './install-panel.ts';
import { cratePath, outsideLink } from './links.ts';
import { taskTable } from './task-table.ts';

/** The head of a crate's and a version's page. */
export function versionHead(
  name: CrateName,
  version: VersionDetail | undefined,
  description: string | null | undefined,
): Html {
  return html`<header class="page-head">
    <p class="eyebrow">Crate</p>
    <h1>
      ${name}
      ${version === undefined ? '' : html`<span class="version">${version.version}</span>`}${version?.yanked === true ? html` <span class="chip chip-warn">yanked</span>` : ''}
    </h1>
    ${description === null || description === undefined ? '' : html`<p class="lead"><bdi>${label(description, 400)}</bdi></p>`}
  </header>`;
}

function crateFacts(facts: CrateFacts | null, version: VersionDetail): Html {
  const rows: [string, Html | string][] = [];
  if (facts !== null) {
    const { binaries } = facts;
    const shown = binaries
      .slice(0, 12)
      .map((binary) => html`<bdi class="chip">${label(binary.name, 60)}</bdi> `);
    rows.push([
      'Programs',
      binaries.length === 0
        ? 'none'
        : html`${shown}${binaries.length > 12 ? `and ${binaries.length - 12} more` : ''}`,
    ]);
    if (facts.license !== undefined) rows.push(['Licence', html`<bdi>${label(facts.license, 120)}</bdi>`]);
    if (facts.repository !== undefined) rows.push(['Repository', outsideLink(facts.repository)]);
    if (facts.homepage !== undefined && facts.homepage !== facts.repository)
      rows.push(['Home page', outsideLink(facts.homepage)]);
    if (facts.rustVersion !== undefined) rows.push(['Needs Rust', label(facts.rustVersion, 32)]);
    if (facts.features.length > 0) rows.push(['Features', formatCount(facts.features.length)]);
    if (facts.ignoredPreferences !== undefined) {
      const shown = facts.ignoredPreferences.slice(0, 5);
      rows.push([
        'Wishes not used',
        html`${shown.map((sentence) => html`<bdi>${label(sentence, 300)}</bdi><br />`)}`,
      ]);
    }
    rows.push(['Cargo.lock', facts.lockfile ? 'published with the crate' : 'not published; one is made']);
  }
  rows.push(['Source sha256', html`<span class="mono digest">${version.checksum}</span>`]);
  return html`<section class="panel panel-facts" aria-labelledby="facts-title">
    <h2 id="facts-title">About</h2>
    <dl class="facts">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

/** What the author wants of rebuilds, where it is not the usual thing. */
function rebuildNotice(facts: CrateFacts | null): MaybeHtml {
  const rebuild = facts?.preferences?.rebuild;
  if (rebuild === undefined || rebuild === 'automatic') return undefined;
  return rebuild === 'never'
    ? html`<p class="notice notice-warn">Its author asks that this crate is not built here.</p>`
    : html`<p class="notice">
        Its author asks not to have this crate rebuilt: it is built here only when somebody asks for it.
      </p>`;
}

/** A form that asks for a build; it works without script. */
function requestForm(version: VersionDetail, words: string): Html {
  return html`<form class="request" method="post" action="${cratePath(version.crate)}/request">
    <input type="hidden" name="version" value="${version.version}" /><button class="button" type="submit">
      ${words}
    </button>
  </form>`;
}

const isOpen = (task: Task): boolean => task.status !== 'built' && task.status !== 'failed';

function notBuilt(version: VersionDetail): Html {
  const { tasks, facts } = version;
  if (facts !== null && !facts.binaries.some((binary) => binary.default)) {
    return empty(
      'There is no program in it.',
      'This version has no program that its default features build; it may be a library. There is nothing to download.',
    );
  }
  if (tasks.some(isOpen)) {
    return empty(
      'It is on its way.',
      html`The tasks below are in the <a href="/queue">queue</a>; the file appears here as soon as one is
        built.`,
    );
  }
  if (tasks.some((task) => task.status === 'failed')) {
    return empty(
      'It could not be built.',
      html`The table below says why, and links the log. ${requestForm(version, 'Try again')}`,
    );
  }
  if (facts?.preferences?.rebuild === 'never') {
    return empty('It is not built here.', 'The author offers it elsewhere, or not at all.');
  }
  return empty(
    'It is not built yet.',
    html`Ask for it, and the next free builder takes it.
    ${requestForm(version, `Build ${version.crate} ${version.version}`)}`,
  );
}

/** What is known of a version: how to get it, what was asked for, what its manifest says. */
export function versionBody({ now }: PageContext, version: VersionDetail): Html {
  const archives = version.artifacts.filter((artifact) => artifact.kind === 'binary' && isArchive(artifact));
  const programs = (version.facts?.binaries ?? []).filter((binary) => binary.default).map(({ name }) => name);
  const tasks: MaybeHtml =
    version.tasks.length === 0
      ? undefined
      : html`<section aria-labelledby="tasks-title">
          <h2 id="tasks-title">Builds</h2>
          ${taskTable('Builds of this version', version.tasks, now, false)}
        </section>`;
  return html`${version.yanked ? html`<p class="notice notice-warn">This version is yanked: its author withdrew it. It is built only when it is named exactly.</p>` : ''}
    ${rebuildNotice(version.facts)}
    <div class="columns">
      <div>
        ${archives.length === 0 ? html`<section class="panel" aria-label="Get it">${notBuilt(version)}</section>` : installPanel(archives, programs)}
      </div>
      ${crateFacts(version.facts, version)}
    </div>
    ${tasks}`;
}
