import { ProblemError, PROBLEMS, SentenceError } from '@buildsrs/common';
import { cratePath } from '../components/links.ts';
import { searchForm } from '../components/search-form.ts';
import { html, type Html } from '../html.ts';
import type { Page } from '../page.ts';
import { label, prose } from '../text/visible.ts';
import { CrateNameSchema } from '@buildsrs/common';
import * as v from 'valibot';

interface Case {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly suggestions: readonly string[];
}

function caseOf(error: unknown): Case {
  if (ProblemError.is(error)) {
    const { title } = PROBLEMS[error.code];
    return {
      status: error.status,
      title,
      detail: error.message,
      suggestions: error.extras.suggestions ?? [],
    };
  }
  if (SentenceError.is(error)) {
    return { status: 503, title: 'The service does not answer', detail: error.message, suggestions: [] };
  }
  return {
    status: 500,
    title: 'Something went wrong here',
    detail: 'It was written to the log of this server. Try again in a moment.',
    suggestions: [],
  };
}

function nearest(suggestions: readonly string[]): Html | string {
  const names = suggestions.filter((name) => v.is(CrateNameSchema, name)).slice(0, 8);
  if (names.length === 0) return '';
  return html`<p>
    Did you mean
    ${names.map((name, index) => html`${index === 0 ? '' : ' or '}<a href="${cratePath(v.parse(CrateNameSchema, name))}">${name}</a>`)}?
  </p>`;
}

/** The page for what could not be shown: what happened, and where to go from here. */
export function problemPage(error: unknown): Page {
  const { status, title, detail, suggestions } = caseOf(error);
  return {
    title,
    status,
    live: true,
    ownSearch: true,
    body: html`<div class="problem">
      <p class="problem-status" aria-hidden="true">${status}</p>
      <h1>${label(title)}</h1>
      <p class="lead"><bdi>${prose(detail, 600)}</bdi></p>
      ${nearest(suggestions)} ${searchForm('large')}
      <p><a href="/">To the first page</a></p>
    </div>`,
  };
}
