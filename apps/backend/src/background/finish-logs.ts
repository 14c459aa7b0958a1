import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { DEFAULT_LIMITS, type BuildId } from '@buildsrs/common';
import { finishLog, listUnfinishedLogs } from '@buildsrs/database';
import { findKnownBuild } from '../builds/build-state.ts';
import { readLogBytes } from '../builds/read-log.ts';
import type { Context } from '../context.ts';
import { isUnavailable } from '../http/is-unavailable.ts';

const BATCH = 20;
/** gzip adds a few bytes to what cannot be compressed. */
const MAX_OBJECT_BYTES = 2 * DEFAULT_LIMITS.logBytes;

type Parts = Pick<Context, 'db' | 'store' | 'pieces' | 'log'>;

/** Whether the log was moved. */
async function finish(parts: Parts, id: BuildId): Promise<boolean> {
  const { db, store } = parts;
  const build = await findKnownBuild({ db }, id);
  if (build.logObject !== null) return false;
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of readLogBytes(parts, build, 0, build.logBytes)) {
      read += bytes.byteLength;
      yield bytes;
    }
  }
  const staged = await store.put(
    pipeline(Readable.from(counted()), createGzip(), () => undefined),
    { maxBytes: MAX_OBJECT_BYTES },
  );
  const { logObject } = await findKnownBuild({ db }, id);
  // Another backend was quicker and has taken the pieces away: its object is the whole log.
  if (read !== build.logBytes || logObject !== null) {
    await store.discard(staged);
    return false;
  }
  await db.transaction().execute(async (trx) => {
    await finishLog(trx, { build: id, sha256: staged.sha256, size: staged.size });
    await store.commit(staged);
  });
  return true;
}

/**
 * Moves the logs of ended builds out of the database into compressed objects. Any number of backends may do so at once.
 * A log that cannot be moved is left for the next time and does not stand in the way of the others.
 */
export async function finishLogs(parts: Parts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const builds = await listUnfinishedLogs(parts.db, BATCH);
    let moved = 0;
    for (const build of builds) {
      if (signal.aborted) return;
      try {
        if (await finish(parts, build)) moved += 1;
      } catch (error) {
        if (isUnavailable(error)) throw error;
        parts.log.error({ build, err: error }, 'a log could not be moved to the storage');
      }
    }
    if (builds.length < BATCH || moved === 0) return;
  }
}
