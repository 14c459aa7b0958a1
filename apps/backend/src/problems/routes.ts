import { PROBLEMS, type ProblemCode } from '@buildsrs/common';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { ProblemError } from '@buildsrs/common';
import type { AppEnv } from '../http/app-env.ts';
import { documentPage } from '../docs/document-page.ts';
import { PROBLEM_ADVICE } from './advice.ts';

const isCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEMS, text);

/** `/problems/{code}`: what the `type` of a problem (RFC 9457 §3.1.1) leads to. */
export const problemRoutes = new Hono<AppEnv>().get('/problems/:code', async (c) => {
  const code = c.req.param('code');
  if (!isCode(code)) throw new ProblemError('not-found', 'There is no such problem in the catalogue.');
  const { title, status } = PROBLEMS[code];
  return c.html(
    documentPage({
      title,
      body: html`<h1>${title}</h1>
        <p><code>${code}</code>, HTTP status ${status}</p>
        <p>${PROBLEM_ADVICE[code]}</p>
        <p><a href="/docs/api">API reference</a></p>`,
    }),
    200,
    { 'cache-control': 'public, max-age=3600' },
  );
});
