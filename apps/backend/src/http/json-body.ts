import { ProblemError } from '@buildsrs/common';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';

/** The largest JSON body any route needs is a request for a crate with 32 targets. */
const MAX_BYTES = 64 * 1024;
/** A body of this size takes a second on the slowest line; who needs longer holds a connection on purpose. */
const DEADLINE_MS = 10_000;

async function readBounded(stream: ReadableStream<Uint8Array>, deadlineMs: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => undefined);
  }, deadlineMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new ProblemError('invalid-request', 'The body of the request took too long to arrive.');
      if (done) return Buffer.concat(chunks);
      size += value.byteLength;
      if (size > MAX_BYTES) {
        await reader.cancel();
        throw new ProblemError('too-large', `The body of a request has at most ${MAX_BYTES} bytes.`);
      }
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a JSON body within limits of size and time before anything else may wait for it. */
export function jsonBody(options: { deadlineMs?: number } = {}): MiddlewareHandler<AppEnv> {
  return async function readJsonBody(c, next) {
    const type = c.req.header('content-type') ?? '';
    if (!/^application\/(?:[a-z.-]+\+)?json\s*(?:;|$)/i.test(type)) {
      throw new ProblemError('invalid-request', 'The body is JSON, with Content-Type: application/json.');
    }
    const stream = c.req.raw.body;
    const bytes =
      stream === null ? new Uint8Array() : await readBounded(stream, options.deadlineMs ?? DEADLINE_MS);
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      throw new ProblemError('invalid-request', 'The body is not valid JSON.');
    }
    c.req.bodyCache.json = Promise.resolve(value);
    await next();
  };
}
