import type { Page, PageContext } from '../page.ts';
import { copyText } from '../components/copy-text.ts';
import { html, type Html } from '../html.ts';
import { shellWord } from '../text/shell-word.ts';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly does: string;
}

const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/crates?query=&limit=&cursor=',
    does: 'Crates by name and description, page by page.',
  },
  { method: 'GET', path: '/api/v1/crates/{name}', does: 'A crate and its versions.' },
  {
    method: 'GET',
    path: '/api/v1/crates/{name}/{version}',
    does: 'A version: what its manifest says, its tasks, its artifacts.',
  },
  {
    method: 'POST',
    path: '/api/v1/requests',
    does: 'Ask for a crate to be built: {crate, version?, targets?}.',
  },
  {
    method: 'GET',
    path: '/api/v1/tasks?status=&crate=',
    does: 'Tasks: what is wanted, and where it stands.',
  },
  { method: 'GET', path: '/api/v1/tasks/{id}', does: 'One task, with its place in the queue.' },
  { method: 'GET', path: '/api/v1/builds?outcome=&crate=', does: 'Builds, newest first.' },
  {
    method: 'GET',
    path: '/api/v1/builds/{id}',
    does: 'One build: stages, failure, artifacts, everything that went into it.',
  },
  {
    method: 'GET',
    path: '/api/v1/builds/{id}/log',
    does: 'Its log as text; takes Range; ?follow=1 streams until the end.',
  },
  { method: 'GET', path: '/api/v1/builds/{id}/events', does: 'Stages, log and end as server-sent events.' },
  { method: 'GET', path: '/api/v1/artifacts/{sha256}', does: 'Who built the file with this sum.' },
  { method: 'GET', path: '/api/v1/builders', does: 'The builders and what they offer.' },
  { method: 'GET', path: '/api/v1/targets', does: 'The targets.' },
  { method: 'GET', path: '/api/v1/queue', does: 'How many tasks stand where.' },
  {
    method: 'GET',
    path: '/crates/{name}/{version|latest}/{target}/{file}',
    does: 'A file. Exact versions never change and can be kept for ever.',
  },
];

function row({ method, path, does }: Route): Html {
  return html`<tr>
    <th scope="row" class="mono"><span class="chip chip-method">${method}</span> ${path}</th>
    <td>${does}</td>
  </tr>`;
}

/** `/docs/api`: the API in short; the OpenAPI document has the shapes. */
export async function apiPage({ publicUrl }: PageContext): Promise<Page> {
  return {
    title: 'API',
    section: 'api',
    body: html`<header class="page-head">
        <h1>API</h1>
        <p class="lead">
          Everything on these pages comes from it. No key is needed to read; errors are problem details (RFC
          9457); lists are walked by cursor.
        </p>
      </header>
      <p><a class="button" href="/api/v1/openapi.json">OpenAPI document</a></p>
      <div class="table-frame" role="group" aria-label="Routes" tabindex="0">
        <table class="table">
          <caption class="visually-hidden">
            Routes
          </caption>
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col">What it gives</th>
            </tr>
          </thead>
          <tbody>
            ${ROUTES.map(row)}
          </tbody>
        </table>
      </div>
      <section aria-label="Example">
        ${copyText({ id: 'example', language: 'Shell', what: 'the example', text: `curl -s ${shellWord(`${publicUrl}/api/v1/queue`)}` })}
      </section>`,
  };
}
