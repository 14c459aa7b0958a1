import { PROBLEMS, ProblemError, type Problem, type ProblemCode } from '@buildsrs/common';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppEnv } from './app-env.ts';
import { isUnavailable } from './is-unavailable.ts';

/** Seconds after which a client may ask again when the database is away; recovery takes a few. */
const RETRY_AFTER_S = '5';

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
};

/** Headers that describe a success and must not go out with a problem a handler met after it set them. */
const SUCCESS_HEADERS = ['etag', 'content-length', 'content-disposition', 'repr-digest', 'last-modified'];

/** The problem an error stands for. What we did not foresee becomes `internal`, and none of it is told. */
function problemOf(error: unknown): ProblemError {
  if (ProblemError.is(error)) return error;
  if (error instanceof HTTPException) {
    const code = BY_STATUS[error.status] ?? 'internal';
    return new ProblemError(code, error.message === '' ? PROBLEMS[code].title : error.message, {
      cause: error,
    });
  }
  if (isUnavailable(error)) {
    return new ProblemError(
      'unavailable',
      'The database cannot be reached right now. Please try again shortly.',
      {
        cause: error,
      },
    );
  }
  return new ProblemError(
    'internal',
    'Something went wrong on our side; the request id finds it in the log.',
    {
      cause: error,
    },
  );
}

/** Renders an error as problem details (RFC 9457); the one place where errors become answers. */
export function problemResponse(c: Context<AppEnv>, error: unknown): Response {
  const problem = problemOf(error);
  const log = c.get('log');
  if (problem.status === 500) log.error({ err: error }, 'unforeseen error');
  else if (problem.status > 500) log.warn({ err: problem.cause ?? problem }, problem.message);
  const body: Problem = {
    type: `/problems/${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    instance: c.get('requestId'),
    ...problem.extras,
  };
  for (const name of SUCCESS_HEADERS) c.header(name, undefined);
  if (problem.status === 503) c.header('retry-after', RETRY_AFTER_S);
  return c.body(JSON.stringify(body), problem.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
}
