import { ProblemError, ProblemSchema, SentenceError } from '@buildsrs/common';
import * as v from 'valibot';
import type { FetchLike } from './create-client.ts';

/** JSON answers larger than this are refused: pages of the API are a thousandth of it. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** How a call is made. */
export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Requests below `/api/v1` with the API's errors. */
export interface Http {
  readonly origin: string;
  /** The response of a call that succeeded (or has `accept`ed another status); its body is not read yet. */
  readonly open: (path: string, request?: HttpRequest & { accept?: readonly number[] }) => Promise<Response>;
  /** The JSON of a call, checked by its schema. */
  readonly json: <Schema extends v.GenericSchema>(
    path: string,
    schema: Schema,
    request?: HttpRequest,
  ) => Promise<v.InferOutput<Schema>>;
  /** The body, refused when it is larger. */
  readonly read: (response: Response, maxBytes: number) => Promise<Uint8Array>;
  /** Whether a failed call may succeed when it is made again. */
  readonly mayPass: (error: unknown) => boolean;
}

/** `fetch failed` says nothing; the reason stands in its causes. */
function reasonOf(error: unknown): string {
  let cause: unknown = error;
  let reason = '';
  for (let depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    const { code } = cause as { code?: unknown };
    reason = cause.message === '' && typeof code === 'string' ? code : cause.message || reason;
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return reason.replace(/\.$/, '');
}

/** Makes {@link Http} over a `fetch`. */
export function createHttp(settings: { baseUrl: string; fetch: FetchLike; timeoutMs: number }): Http {
  const base = `${settings.baseUrl.replace(/\/+$/, '')}/api/v1`;
  const { origin } = new URL(base);

  const unexpected = (what: string, cause?: unknown): SentenceError =>
    new SentenceError(
      'unexpected-answer',
      `${origin} did not answer as builds.rs does: ${what}. Is the address right, and the server of this version?`,
      { cause },
    );

  const broken = (error: unknown, signal: AbortSignal | undefined): unknown => {
    if (signal?.aborted === true) return signal.reason;
    if (SentenceError.is(error) || ProblemError.is(error)) return error;
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const reason = timedOut ? `no answer in ${settings.timeoutMs / 1000} s` : reasonOf(error);
    return new SentenceError(
      'unreachable',
      `${origin} cannot be reached (${reason}). Check the address, and that the server runs.`,
      { cause: error },
    );
  };

  const read = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw unexpected(`more than ${maxBytes} bytes came`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  };

  const problemOf = async (response: Response): Promise<Error> => {
    const type = response.headers.get('content-type') ?? '';
    if (/^application\/problem\+json\b/i.test(type)) {
      const text = Buffer.from(await read(response, MAX_JSON_BYTES)).toString();
      const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemSchema), text);
      if (problem.success) {
        const { code, detail, issues, suggestions } = problem.output;
        return new ProblemError(code, detail, {
          ...(issues === undefined ? {} : { issues }),
          ...(suggestions === undefined ? {} : { suggestions }),
        });
      }
    }
    await response.body?.cancel();
    return unexpected(`status ${response.status} without a problem description`);
  };

  const open: Http['open'] = async (path, request = {}) => {
    const { accept = [], ...init } = request;
    try {
      const response = await settings.fetch(base + path, { redirect: 'follow', ...init });
      if (response.ok || accept.includes(response.status)) return response;
      throw await problemOf(response);
    } catch (error) {
      throw broken(error, request.signal);
    }
  };

  const json: Http['json'] = async (path, schema, request = {}) => {
    const timeout = AbortSignal.timeout(settings.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    let text: string;
    try {
      const response = await settings.fetch(base + path, {
        redirect: 'follow',
        ...request,
        headers: { accept: 'application/json', ...request.headers },
        signal,
      });
      if (!response.ok) throw await problemOf(response);
      text = Buffer.from(await read(response, MAX_JSON_BYTES)).toString();
    } catch (error) {
      throw broken(error, request.signal);
    }
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    if (!result.success) {
      const where = v.getDotPath(result.issues[0]);
      throw unexpected(
        `${path.split('?')[0]}${where === null ? '' : ` at ${where}`}: ${result.issues[0].message}`,
      );
    }
    return result.output;
  };

  const mayPass = (error: unknown): boolean =>
    ProblemError.is(error)
      ? error.status === 429 || error.status >= 500
      : !(SentenceError.is(error) && error.code === 'unexpected-answer');

  return { origin, open, json, read, mayPass };
}
