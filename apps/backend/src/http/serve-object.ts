import { digestToHeader, ProblemError, type Digest } from '@buildsrs/common';
import type { ObjectStore } from '@buildsrs/storage';
import type { Context } from 'hono';
import type { AppEnv } from './app-env.ts';
import { parseRange } from './byte-range.ts';
import { entityTag, matchesEntityTag, rangeStands } from './entity-tag.ts';
import { whenRead } from './when-read.ts';

/** How long a presigned URL works: long enough to begin a download, short enough to be no link to share. */
const PRESIGNED_MS = 10 * 60_000;

/** A stored object with the name it goes out under. */
export interface ServableObject {
  readonly sha256: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly fileName: string;
  readonly createdAt: Date;
}

/** How an object is served. */
export interface ServeObjectOptions {
  readonly store: ObjectStore;
  /** `Cache-Control` of a success. */
  readonly cacheControl: string;
  /** Redirect to the storage where it can presign. */
  readonly redirect: boolean;
  /** Called once when the whole object went out, or a redirect to it: not for HEAD, ranges, 304 and aborted ones. */
  readonly onWhole: () => void;
}

function describe(c: Context<AppEnv>, object: ServableObject, cacheControl: string): void {
  c.header('etag', entityTag(object.sha256));
  c.header('cache-control', cacheControl);
  c.header('last-modified', object.createdAt.toUTCString());
  c.header('repr-digest', digestToHeader(object.sha256));
  c.header('accept-ranges', 'bytes');
  c.header('x-content-type-options', 'nosniff');
  // The name is an ArtifactName: no quote, no backslash, no control character can be in it.
  c.header('content-disposition', `attachment; filename="${object.fileName}"`);
}

/**
 * Sends an object with everything HTTP has for bytes that never change: strong tag, conditions (RFC 9110 §13), ranges
 * (§14), HEAD, digest (RFC 9530). Streams; nothing is held whole.
 *
 * @throws {ProblemError} `range-not-satisfiable`; `unavailable` when the bytes are not where their row says.
 */
export async function serveObject(
  c: Context<AppEnv>,
  object: ServableObject,
  options: ServeObjectOptions,
): Promise<Response> {
  const tag = entityTag(object.sha256);
  if (matchesEntityTag(c.req.header('if-none-match'), tag)) {
    describe(c, object, options.cacheControl);
    return c.body(null, 304);
  }
  const isHead = c.req.method === 'HEAD';
  const wanted =
    !isHead && rangeStands(c.req.header('if-range'), tag)
      ? parseRange(c.req.header('range'), object.size)
      : undefined;
  if (wanted === 'unsatisfiable') {
    c.header('content-range', `bytes */${object.size}`);
    throw new ProblemError('range-not-satisfiable', `The file has ${object.size} bytes.`);
  }
  if (isHead) {
    describe(c, object, options.cacheControl);
    return c.body(null, 200, { 'content-type': object.mediaType, 'content-length': String(object.size) });
  }
  if (options.redirect && options.store.presign !== undefined) {
    const url = await options.store.presign(object.sha256, {
      fileName: object.fileName,
      mediaType: object.mediaType,
      expiresInMs: PRESIGNED_MS,
    });
    if (wanted === undefined) options.onWhole();
    c.header('cache-control', 'no-store');
    return c.redirect(url, 302);
  }
  const body = await options.store.get(object.sha256, wanted === undefined ? {} : { range: wanted });
  if (body === undefined) {
    throw new ProblemError('unavailable', 'The bytes of this file are missing from the storage for now.');
  }
  describe(c, object, options.cacheControl);
  if (wanted !== undefined) {
    return c.body(whenRead(body.stream), 206, {
      'content-type': object.mediaType,
      'content-length': String(wanted.end - wanted.start + 1),
      'content-range': `bytes ${wanted.start}-${wanted.end}/${object.size}`,
    });
  }
  return c.body(whenRead(body.stream, options.onWhole), 200, {
    'content-type': object.mediaType,
    'content-length': String(object.size),
  });
}
