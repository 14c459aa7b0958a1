import type { Context } from 'hono';
import { proxy } from 'hono/proxy';
import { ProblemError, PROBLEMS } from '@buildsrs/common';

/**
 * Hands a request on to the backend as it came and its answer back as it comes, so that one address serves pages, API and
 * files. A redirect (to an object store) is the browser's to follow.
 */
export async function forward(c: Context, backend: string, signal: AbortSignal): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  try {
    return await proxy(`${backend}${pathname}${search}`, {
      raw: c.req.raw,
      headers: { ...c.req.header(), host: undefined },
      redirect: 'manual',
      signal: AbortSignal.any([c.req.raw.signal, signal]),
    });
  } catch (error) {
    const problem = new ProblemError('unavailable', 'The backend cannot be reached. Try again in a moment.', {
      cause: error,
    });
    const { status, title } = PROBLEMS[problem.code];
    const body = {
      type: `/problems/${problem.code}`,
      title,
      status,
      detail: problem.message,
      code: problem.code,
    };
    return c.json(body, status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  }
}
