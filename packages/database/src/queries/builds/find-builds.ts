import {
  BuildIdSchema,
  canonicalCrateName,
  type BuilderId,
  type BuildId,
  type CrateName,
} from '@buildsrs/common';
import type { BuildOutcome, Kind, Target, TaskId, Version } from '@buildsrs/common';
import { sql, type Selectable } from 'kysely';
import * as v from 'valibot';
import { CursorMicros, decodeCursor, pageOfRows, type Page, type PageRequest } from '../../page.ts';
import type { Queryable } from '../../queryable.ts';
import type { BuildsTable } from '../../schema.ts';
import { hashToken } from '../tasks/claim-task.ts';

/** A build with the task it is of and the builder that runs it. */
export interface BuildRow extends Omit<Selectable<BuildsTable>, 'tokenSha256'> {
  readonly crate: CrateName;
  readonly version: Version;
  readonly versionId: number;
  readonly kind: Kind;
  readonly target: Target;
  readonly variant: string;
  readonly builderName: string | null;
}

function selectBuilds(db: Queryable) {
  return db
    .selectFrom('builds')
    .innerJoin('tasks', 'tasks.id', 'builds.taskId')
    .innerJoin('versions', 'versions.id', 'tasks.versionId')
    .innerJoin('crates', 'crates.id', 'versions.crateId')
    .leftJoin('builders', 'builders.id', 'builds.builderId')
    .select([
      'builds.id',
      'builds.taskId',
      'builds.builderId',
      'builds.outcome',
      'builds.stage',
      'builds.stages',
      'builds.failure',
      'builds.leaseExpiresAt',
      'builds.inputId',
      'builds.info',
      'builds.logBytes',
      'builds.logObject',
      'builds.createdAt',
      'builds.startedAt',
      'builds.endedAt',
      'crates.name as crate',
      'versions.version',
      'tasks.versionId',
      'tasks.kind',
      'tasks.target',
      'tasks.variant',
      'builders.name as builderName',
    ]);
}

/** The build with this id. */
export async function findBuild(db: Queryable, id: BuildId): Promise<BuildRow | undefined> {
  return await selectBuilds(db).where('builds.id', '=', id).executeTakeFirst();
}

/** The running build that this token has the right to; `undefined` when there is none or its lease was lost. */
export async function findBuildByToken(
  db: Queryable,
  id: BuildId,
  token: string,
): Promise<BuildRow | undefined> {
  return await selectBuilds(db)
    .where('builds.id', '=', id)
    .where('builds.tokenSha256', '=', hashToken(token))
    .where('builds.outcome', 'is', null)
    .executeTakeFirst();
}

/** Which builds. */
export interface BuildFilters {
  readonly task?: TaskId;
  readonly builder?: BuilderId;
  readonly crate?: CrateName;
  readonly version?: Version;
  readonly kind?: Kind;
  readonly target?: Target;
  /** `running`: no outcome yet. */
  readonly outcome?: BuildOutcome | 'running';
}

const BuildCursor = v.strictTuple([CursorMicros, BuildIdSchema]);

/** Builds, newest first. */
export async function listBuilds(
  db: Queryable,
  filters: BuildFilters,
  page: PageRequest,
): Promise<Page<BuildRow>> {
  const after = decodeCursor(BuildCursor, page.cursor);
  const rows = await selectBuilds(db)
    .select(sql<number>`(extract(epoch from builds.created_at) * 1000000)::bigint`.as('createdAtMicros'))
    .$if(filters.task !== undefined, (q) => q.where('builds.taskId', '=', filters.task as TaskId))
    .$if(filters.builder !== undefined, (q) => q.where('builds.builderId', '=', filters.builder as BuilderId))
    .$if(filters.crate !== undefined, (q) =>
      q.where('crates.canonicalName', '=', canonicalCrateName(filters.crate as CrateName)),
    )
    .$if(filters.version !== undefined, (q) => q.where('versions.version', '=', filters.version as Version))
    .$if(filters.kind !== undefined, (q) => q.where('tasks.kind', '=', filters.kind as Kind))
    .$if(filters.target !== undefined, (q) => q.where('tasks.target', '=', filters.target as Target))
    .$if(filters.outcome === 'running', (q) => q.where('builds.outcome', 'is', null))
    .$if(filters.outcome !== undefined && filters.outcome !== 'running', (q) =>
      q.where('builds.outcome', '=', filters.outcome as BuildOutcome),
    )
    .$if(after !== undefined, (q) =>
      q.where(
        sql<boolean>`(builds.created_at, builds.id) < ('epoch'::timestamptz + ${after?.[0]}::bigint * interval '1 microsecond', ${after?.[1]}::uuid)`,
      ),
    )
    .orderBy('builds.createdAt', 'desc')
    .orderBy('builds.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOfRows(rows, page.limit, (row) => [row.createdAtMicros, row.id]);
}
