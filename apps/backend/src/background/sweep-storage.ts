import type { Digest } from '@buildsrs/common';
import {
  adoptObjects,
  findObjects,
  forgetObject,
  takeAbandonedUploads,
  takeOrphans,
} from '@buildsrs/database';
import type { Context } from '../context.ts';

const BATCH = 100;
/** Longer than any build may take, its time in the queue of a builder and its upload included: 45 min and some. */
const STAGING_HORIZON_MS = 6 * 60 * 60_000;
/** Longer than any publishing transaction. */
const ORPHAN_HORIZON_MS = 60 * 60_000;

type Parts = Pick<Context, 'db' | 'store' | 'log'>;

/** How old something must be before it is swept; tests make it short. */
export interface SweepHorizons {
  readonly stagingMs?: number;
  readonly orphansMs?: number;
}

/** Staged files of builds that ended without publishing them. Those of running builds are guarded by their rows. */
async function sweepUploads({ db, store }: Parts): Promise<number> {
  let swept = 0;
  for (;;) {
    const uploads = await takeAbandonedUploads(db, BATCH);
    for (const upload of uploads) await store.discard(upload);
    swept += uploads.length;
    if (uploads.length < BATCH) return swept;
  }
}

/** Bytes without a row, left by a crash between commit and transaction, get one, so that they are found to be orphans. */
async function adoptStrays({ db, store }: Parts, horizonMs: number, signal: AbortSignal): Promise<void> {
  let after: Digest | undefined;
  do {
    const page = await store.list({ ...(after === undefined ? {} : { after }), limit: BATCH });
    const old = page.items.filter((item) => Date.now() - item.storedAt.getTime() >= horizonMs);
    const known = await findObjects(
      db,
      old.map((item) => item.sha256),
    );
    await adoptObjects(
      db,
      old.filter((item) => !known.has(item.sha256)),
    );
    after = page.next;
  } while (after !== undefined && !signal.aborted);
}

/** The row is locked while the bytes are deleted: who publishes the same bytes meanwhile waits, and stores them anew. */
async function deleteOrphan({ db, store }: Parts, digest: Digest): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (await forgetObject(trx, digest)) await store.delete(digest);
  });
}

/** Removes what no row refers to and no running build will: in this order, so that one run finds what a crash left. */
export async function sweepStorage(
  parts: Parts,
  signal: AbortSignal,
  { stagingMs = STAGING_HORIZON_MS, orphansMs = ORPHAN_HORIZON_MS }: SweepHorizons = {},
): Promise<{ uploads: number; staging: number; orphans: number }> {
  const uploads = await sweepUploads(parts);
  const { removed: staging } = await parts.store.sweepStaging({ olderThanMs: stagingMs });
  await adoptStrays(parts, orphansMs, signal);
  let orphans = 0;
  for (;;) {
    const digests = await takeOrphans(parts.db, { olderThanMs: orphansMs, limit: BATCH });
    for (const digest of digests) await deleteOrphan(parts, digest);
    orphans += digests.length;
    if (digests.length < BATCH || signal.aborted) break;
  }
  if (uploads + staging + orphans > 0) parts.log.info({ uploads, staging, orphans }, 'storage swept');
  return { uploads, staging, orphans };
}
