import type { BuildId, Digest } from '@buildsrs/common';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import { hashToken } from '../tasks/claim-task.ts';

/**
 * What became of a piece of a log. `length` is how long the log now is, which is also where its next piece begins: a
 * builder that was ahead sends again from there.
 */
export interface AppendedLog {
  readonly length: number;
  /** `ended`: there is no such running build, or not with this token. `gap`: the piece begins behind the log's end. */
  readonly outcome: 'appended' | 'duplicate' | 'gap' | 'ended';
}

/**
 * Appends to the log of a running build. What is already there is left as it was, so that a piece may be sent twice;
 * a piece that begins behind the end is refused.
 */
export async function appendLog(
  db: Queryable,
  piece: {
    readonly build: BuildId;
    /** Proves the right to the build, where the caller has not. */
    readonly token?: string;
    /** Byte offset of the piece's first byte. */
    readonly offset: number;
    readonly bytes: Uint8Array;
  },
): Promise<AppendedLog> {
  return await inTransaction(db, async (trx) => {
    const build = await trx
      .selectFrom('builds')
      .select('logBytes')
      .where('id', '=', piece.build)
      .where('outcome', 'is', null)
      .$if(piece.token !== undefined, (q) => q.where('tokenSha256', '=', hashToken(piece.token as string)))
      .forUpdate()
      .executeTakeFirst();
    if (build === undefined) return { length: 0, outcome: 'ended' };
    if (piece.offset > build.logBytes) return { length: build.logBytes, outcome: 'gap' };
    const fresh = piece.bytes.subarray(build.logBytes - piece.offset);
    if (fresh.length === 0) return { length: build.logBytes, outcome: 'duplicate' };
    await trx
      .insertInto('logChunks')
      .values({ buildId: piece.build, start: build.logBytes, bytes: Buffer.from(fresh) })
      .execute();
    const length = build.logBytes + fresh.length;
    await trx.updateTable('builds').set({ logBytes: length }).where('id', '=', piece.build).execute();
    return { length, outcome: 'appended' };
  });
}

/**
 * Reads bytes `[offset, offset + length)` of a log that is kept in the database, fewer at its end. Empty once
 * {@link finishLog} has replaced it by an object.
 */
export async function readLog(
  db: Queryable,
  build: BuildId,
  offset: number,
  length: number,
): Promise<Buffer> {
  const end = offset + length;
  const chunks = await db
    .selectFrom('logChunks')
    .select(['start', 'bytes'])
    .where('buildId', '=', build)
    .where('start', '<', end)
    .where(sql<boolean>`start + octet_length(bytes) > ${offset}`)
    .orderBy('start')
    .execute();
  return Buffer.concat(
    chunks.map((chunk) => chunk.bytes.subarray(Math.max(0, offset - chunk.start), end - chunk.start)),
  );
}

/** Replaces the pieces of an ended build's log by an object that holds all of it. */
export async function finishLog(
  db: Queryable,
  log: { readonly build: BuildId; readonly sha256: Digest; readonly size: number },
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx
      .insertInto('objects')
      .values({ sha256: log.sha256, size: log.size })
      .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ state: 'present' }))
      .execute();
    await trx.updateTable('builds').set({ logObject: log.sha256 }).where('id', '=', log.build).execute();
    await trx.deleteFrom('logChunks').where('buildId', '=', log.build).execute();
  });
}

/** Ended builds whose log still lies in pieces: what a server did not finish before it stopped. */
export async function listUnfinishedLogs(db: Queryable, limit: number): Promise<BuildId[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('outcome', 'is not', null)
    .where('logObject', 'is', null)
    .where('logBytes', '>', 0)
    .orderBy('endedAt')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
