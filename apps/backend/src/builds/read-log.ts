import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ProblemError } from '@buildsrs/common';
import type { Context } from '../context.ts';
import type { BuildState } from './build-state.ts';
import { findKnownBuild } from './build-state.ts';

/** Bytes read at once: a slow reader costs this much memory and no more. */
const CHUNK_BYTES = 64 * 1024;

type Parts = Pick<Context, 'db' | 'store' | 'pieces'>;

async function* readPieces(
  { pieces }: Parts,
  build: BuildState,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, number, undefined> {
  let offset = start;
  while (offset < end) {
    const bytes = await pieces.read(build.id, offset, Math.min(CHUNK_BYTES, end - offset));
    if (bytes.byteLength === 0) break;
    offset += bytes.byteLength;
    yield bytes;
  }
  return offset;
}

async function* readObject(
  { store }: Parts,
  object: NonNullable<BuildState['logObject']>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const body = await store.get(object);
  if (body === undefined)
    throw new ProblemError('unavailable', 'The log is missing from the storage for now.');
  let offset = 0;
  // Compressed by us, one member, at most the log's limit: what comes out is bounded by what went in.
  // A pipeline, so that an error of either, or the end of the reader, ends both; the reader below gets the error.
  const plain = pipeline(
    Readable.fromWeb(body.stream),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    () => undefined,
  );
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    const from = Math.max(0, start - offset);
    const to = Math.min(chunk.byteLength, end - offset);
    offset += chunk.byteLength;
    if (from < to) yield chunk.subarray(from, to);
    if (offset >= end) return;
  }
}

/**
 * The bytes `[start, end)` of a build's log, wherever they lie: in pieces in the database while it runs, in a compressed
 * object afterwards. It may move from the one to the other while it is read.
 */
export async function* readLogBytes(
  parts: Parts,
  build: BuildState,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (build.logObject !== null) {
    yield* readObject(parts, build.logObject, start, end);
    return;
  }
  const reached = yield* readPieces(parts, build, start, end);
  if (reached >= end) return;
  const { logObject } = await findKnownBuild(parts, build.id);
  if (logObject !== null) yield* readObject(parts, logObject, reached, end);
}
