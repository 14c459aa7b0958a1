import { createHash, randomBytes } from 'node:crypto';
import type {
  BuilderId,
  BuildId,
  BuildPreferences,
  CrateName,
  Digest,
  Kind,
  Target,
  TaskId,
  Version,
} from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';
import type { TaskOrigin } from '../../schema.ts';
import { couldAnotherTake, isTrusted } from '../builder-trust.ts';

/** What a builder may be given. */
export interface Claim {
  readonly builderId: BuilderId;
  readonly targets: readonly Target[];
  readonly kinds: readonly Kind[];
  /** How well the builder isolates, 0 to 3; tasks that ask for more are not for it. */
  readonly isolationLevel: number;
  readonly leaseMs: number;
}

/** A task that was given to a builder, and its new build with its lease. */
export interface ClaimedTask {
  readonly taskId: TaskId;
  readonly buildId: BuildId;
  /** Known to nobody but its builder: the database keeps only its sha256. */
  readonly token: string;
  readonly kind: Kind;
  readonly target: Target;
  readonly variant: string;
  readonly origin: TaskOrigin;
  readonly priority: number;
  readonly attempts: number;
  readonly isolationLevel: number;
  readonly versionId: number;
  readonly crate: CrateName;
  readonly version: Version;
  readonly checksum: Digest;
  readonly yanked: boolean;
  /** What the author wants of builds, where the version's facts are known and say so. */
  readonly preferences: BuildPreferences | null;
}

/** The sha256 under which the database knows a lease's token. */
export function hashToken(token: string): Digest {
  return createHash('sha256').update(token).digest('hex') as Digest;
}

/**
 * How many of each target's next tasks are looked at. Claims at the same moment skip each other's rows: more than
 * this many at once can find nothing although there is something, and find it at their next look.
 */
const CANDIDATES_PER_TARGET = 64;

/**
 * How long a task that is due for another attempt is left to other builders than the one that lost it or went wrong, as
 * long as there are such. Then anybody may have it: the others may be busy for hours.
 */
const AVOID_SECS = 300;

/**
 * Gives the most urgent pending task to a builder, in one statement: the task becomes `scheduled` and a build with a
 * lease is written. `undefined` when there is nothing for it, or when the builder is disabled or
 * suspended.
 *
 * The candidates come target by target from the partial index `tasks_claim`, so that a backlog nobody can build does
 * not stand in the way of the rest.
 */
export async function claimTask(db: Queryable, claim: Claim): Promise<ClaimedTask | undefined> {
  const token = randomBytes(32).toString('base64url');
  const { rows } = await claimStatement(claim, hashToken(token)).execute(db);
  const row = rows[0];
  return row === undefined ? undefined : { ...row, token };
}

/** The statement of {@link claimTask}; apart from it so that its plan can be looked at. */
export function claimStatement(claim: Claim, tokenSha256: Digest) {
  return sql<Omit<ClaimedTask, 'token'>>`
    with candidates as materialized (
      select next.id, next.priority
      from unnest(${[...claim.targets]}::text[]) as wanted (target)
      cross join lateral (
        select id, priority
        from tasks
        where status = 'pending'
          and target = wanted.target
          and kind = any (${[...claim.kinds]}::text[])
          and isolation_level <= ${claim.isolationLevel}
          and not_before <= now()
          and (
            avoid_builder_id is distinct from ${claim.builderId}
            or not_before <= now() - make_interval(secs => ${sql.lit(AVOID_SECS)})
            or not ${couldAnotherTake(claim.builderId)}
          )
        order by priority desc, id
        limit ${sql.lit(CANDIDATES_PER_TARGET)}
      ) as next
    ),
    picked as (
      select tasks.id
      from candidates
      join tasks on tasks.id = candidates.id
      where tasks.status = 'pending'
        and exists (select from builders where id = ${claim.builderId} and enabled and ${isTrusted})
      order by candidates.priority desc, candidates.id
      limit 1
      for update of tasks skip locked
    ),
    build as (
      insert into builds (task_id, builder_id, token_sha256, lease_expires_at)
      select id, ${claim.builderId}, ${tokenSha256}, now() + make_interval(secs => ${claim.leaseMs / 1_000})
      from picked
      returning id, task_id
    )
    update tasks
    set status = 'scheduled',
        attempts = attempts + 1,
        build_id = build.id,
        failure = null,
        updated_at = now()
    from build, versions, crates
    where tasks.id = build.task_id
      and versions.id = tasks.version_id
      and crates.id = versions.crate_id
    returning tasks.id as task_id, build.id as build_id, tasks.kind, tasks.target, tasks.variant, tasks.origin,
      tasks.priority, tasks.attempts, tasks.isolation_level, tasks.version_id, crates.name as crate,
      versions.version, versions.checksum, versions.yanked, versions.facts -> 'preferences' as preferences
  `;
}
