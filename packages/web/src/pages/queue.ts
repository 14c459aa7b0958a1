import type { Task, TaskStatus } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { empty } from '../components/empty.ts';
import { queueFigures } from '../components/figures.ts';
import { pager } from '../components/pager.ts';
import { taskTable } from '../components/task-table.ts';
import { ago } from '../components/time.ts';
import { html, type Html } from '../html.ts';

interface Part {
  readonly status: TaskStatus;
  readonly title: string;
  readonly none: string;
}

const PARTS: readonly Part[] = [
  { status: 'building', title: 'Building now', none: 'No builder is at work.' },
  { status: 'pending', title: 'Waiting, next first', none: 'Nothing waits.' },
  { status: 'failed', title: 'Failed lately', none: 'Nothing failed.' },
];

const MORE_PARTS: readonly Part[] = [
  ...PARTS,
  { status: 'scheduled', title: 'Scheduled', none: 'Nothing was just handed out.' },
  { status: 'blocked', title: 'Blocked', none: 'Nothing waits for another task.' },
  { status: 'built', title: 'Built', none: 'Nothing was built yet.' },
];

function section(part: Part, tasks: readonly Task[], now: Date, hasMore: boolean): Html {
  const id = `${part.status}-title`;
  return html`<section aria-labelledby="${id}">
    <div class="section-head">
      <h2 id="${id}">${part.title}</h2>
      ${hasMore ? html`<a href="/queue?status=${part.status}">All ${part.status}</a>` : ''}
    </div>
    ${tasks.length === 0 ? html`<p class="quiet">${part.none}</p>` : taskTable(part.title, tasks, now, true)}
  </section>`;
}

/** `/queue?status=&cursor=`: what is built, what waits, what failed; or all of one status, page by page. */
export async function queuePage(
  { client, now, signal }: PageContext,
  status: TaskStatus | undefined,
  cursor: string | undefined,
): Promise<Page> {
  const part = MORE_PARTS.find((candidate) => candidate.status === status);
  const queue = await client.getQueue({ signal });
  const figures = html`<div id="pulse" data-refresh="pulse">${queueFigures(queue)}</div>`;
  if (part !== undefined) {
    const tasks = await client.listTasks(
      { status: part.status, limit: 50, ...(cursor === undefined ? {} : { cursor }) },
      { signal },
    );
    return {
      title: `Queue: ${part.title.toLowerCase()}`,
      section: 'queue',
      body: html`<nav class="crumbs" aria-label="Where this is"><a href="/queue">← the whole queue</a></nav>
        <h1>${part.title}</h1>
        ${tasks.items.length === 0 ? empty(part.none, html`See <a href="/queue">the whole queue</a>.`) : taskTable(part.title, tasks.items, now, true)}
        ${pager('/queue', { status: part.status }, cursor, tasks.next)}`,
    };
  }
  const lists = await Promise.all(
    PARTS.map(({ status: wanted }) => client.listTasks({ status: wanted, limit: 10 }, { signal })),
  );
  return {
    title: 'Queue',
    section: 'queue',
    body: html`<header class="page-head">
        <h1>Queue</h1>
        <p class="lead">
          ${queue.oldestPendingAt === null ? 'Nothing waits for a builder.' : html`The oldest waiting task came ${ago(queue.oldestPendingAt, now)}.`}
        </p>
      </header>
      ${figures}
      <div class="stack" id="parts" data-refresh="parts">
        ${PARTS.map((each, index) => section(each, lists[index]?.items ?? [], now, lists[index]?.next !== null))}
      </div>
      <p class="quiet more-links">
        Also:
        ${MORE_PARTS.slice(PARTS.length).map((each, index) => html`${index === 0 ? '' : ', '}<a href="/queue?status=${each.status}">${each.title.toLowerCase()}</a>`)}.
      </p>`,
  };
}
