import {
  failure,
  type ArchiveMember,
  type ArtifactName,
  type BuilderId,
  type BuildId,
  type BuildInfo,
  type Digest,
  type Failure,
  type TaskId,
} from '@buildsrs/common';
import { sql, type Transaction } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import type { Database } from '../../schema.ts';
import { noteWorked } from '../builder-trust.ts';
import { hashToken } from '../tasks/claim-task.ts';
import { failDependents, unblockDependents } from '../tasks/retry.ts';

/** A file a build leaves; its bytes are committed to storage before this is written. */
export interface NewArtifact {
  readonly name: ArtifactName;
  readonly sha256: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** The files inside, where it is an archive. */
  readonly members?: readonly ArchiveMember[];
}

/** A build that succeeded. */
export interface Completion {
  readonly build: BuildId;
  readonly token: string;
  readonly artifacts?: readonly NewArtifact[];
  readonly info?: BuildInfo;
  readonly inputId?: Digest;
  /** What waits for this task cannot be built after all (`no-binaries`): fail it instead of letting it begin. */
  readonly failDependents?: Failure;
}

/** What became of a report. `already-recorded`: an earlier try of the same report was; nothing changed. */
export type RecordOutcome = 'recorded' | 'already-recorded' | 'lease-lost';

/** A running build that was proven by its token, locked for the rest of the transaction. */
export interface FencedBuild {
  readonly id: BuildId;
  readonly taskId: TaskId;
  readonly builderId: BuilderId | null;
}

/**
 * The fence: only the holder of the token may end a build, and only once. Locks the build's row.
 *
 * @returns the build, or what to answer instead.
 */
export async function fence(
  trx: Transaction<Database>,
  build: BuildId,
  token: string,
): Promise<FencedBuild | Exclude<RecordOutcome, 'recorded'>> {
  const row = await trx
    .selectFrom('builds')
    .select(['id', 'taskId', 'builderId', 'outcome', 'failure'])
    .where('id', '=', build)
    .where('tokenSha256', '=', hashToken(token))
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return 'lease-lost';
  if (row.outcome === null) return row;
  return row.outcome === 'lost' || row.outcome === 'cancelled' ? 'lease-lost' : 'already-recorded';
}

/**
 * Publishes a build: objects, artifacts, their members, the outcome, the task, and what waited for it, all visible at
 * once. What was published before stays until this commits.
 */
export async function completeBuild(db: Queryable, completion: Completion): Promise<RecordOutcome> {
  return await inTransaction(db, async (trx) => {
    const fenced = await fence(trx, completion.build, completion.token);
    if (typeof fenced === 'string') return fenced;
    for (const artifact of completion.artifacts ?? []) await insertArtifact(trx, fenced.id, artifact);
    await trx
      .updateTable('builds')
      .set({
        outcome: 'succeeded',
        endedAt: sql`now()`,
        info: completion.info === undefined ? null : JSON.stringify(completion.info),
        inputId: completion.inputId ?? null,
      })
      .where('id', '=', fenced.id)
      .execute();
    await trx
      .updateTable('tasks')
      .set({ status: 'built', publishedBuildId: fenced.id, failure: null, updatedAt: sql`now()` })
      .where('id', '=', fenced.taskId)
      .execute();
    if (fenced.builderId !== null) await noteWorked(trx, fenced.builderId);
    await trx.deleteFrom('uploads').where('buildId', '=', fenced.id).execute();
    if (completion.failDependents === undefined) await unblockDependents(trx, fenced.taskId);
    else await failDependents(trx, fenced.taskId, completion.failDependents);
    return 'recorded';
  });
}

async function insertArtifact(trx: Transaction<Database>, build: BuildId, artifact: NewArtifact) {
  await trx
    .insertInto('objects')
    .values({ sha256: artifact.sha256, size: artifact.size })
    .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ state: 'present' }))
    .execute();
  const { id } = await trx
    .insertInto('artifacts')
    .values({
      buildId: build,
      name: artifact.name,
      sha256: artifact.sha256,
      mediaType: artifact.mediaType,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (artifact.members === undefined || artifact.members.length === 0) return;
  await trx
    .insertInto('artifactMembers')
    .values(artifact.members.map((member) => ({ ...member, artifactId: id })))
    .execute();
}

/** The failure of what waits for a crate's facts when the crate turns out to have no program. */
export const NO_BINARIES: Failure = failure(
  'no-binaries',
  'The crate has no program that its default features build.',
);
