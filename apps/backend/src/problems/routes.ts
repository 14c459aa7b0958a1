import { ProblemError, PROBLEMS, type ProblemCode } from '@buildsrs/common';
import { createDocument, html } from '@buildsrs/web';
import { Hono } from 'hono';
import type { AppEnv } from '../http/app-env.ts';
import { PROBLEM_ADVICE } from './advice.ts';

const isCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEMS, text);

/** `/problems/{code}`: what the `type` of a problem (RFC 9457 §3.1.1) leads to. */
export function problemRoutes(publicUrl: string): Hono<AppEnv> {
  const page = createDocument({ publicUrl });
  return new Hono<AppEnv>().get('/problems/:code', async (c) => {
    const code = c.req.param('code');
    if (!isCode(code)) throw new ProblemError('not-found', 'There is no such problem in the catalogue.');
    const { title, status } = PROBLEMS[code];
    const body = html`<header class="page-head">
        <p class="eyebrow">Problem <code>${code}</code>, HTTP status ${status}</p>
        <h1>${title}</h1>
        <p class="lead">${PROBLEM_ADVICE[code]}</p>
      </header>
      <p><a href="/docs/api">API reference</a></p>`;
    return c.html(page({ title, section: 'api', body }), 200, { 'cache-control': 'public, max-age=3600' });
  });
}
