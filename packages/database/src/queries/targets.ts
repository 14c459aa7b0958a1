import { GENERIC_TARGET, type Target } from '@buildsrs/common';
import { sql } from 'kysely';
import type { Queryable } from '../queryable.ts';

/** A target with who can build it and what was. */
export interface TargetRow {
  readonly name: Target;
  /** Whether new versions are built for it unasked. */
  readonly enabled: boolean;
  /** Connected builders that offer it. */
  readonly builders: number;
  /** Tasks for it that are built. */
  readonly built: number;
}

/** Builds new versions for this target unasked, or no longer. */
export async function enableTarget(db: Queryable, name: Target, enabled = true): Promise<void> {
  await db
    .insertInto('targets')
    .values({ name, enabled })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ enabled }))
    .execute();
}

/** Makes targets known, as a builder offers them or somebody asks for them, without enabling them. */
export async function addTargets(db: Queryable, names: readonly Target[]): Promise<void> {
  if (names.length === 0) return;
  await db
    .insertInto('targets')
    .values(names.map((name) => ({ name, enabled: false })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The targets new versions are built for unasked. */
export async function listEnabledTargets(db: Queryable): Promise<Target[]> {
  const rows = await db
    .selectFrom('targets')
    .select('name')
    .where('enabled', '=', true)
    .where('name', '!=', GENERIC_TARGET as Target)
    .orderBy('name')
    .execute();
  return rows.map((row) => row.name);
}

/** All targets people can ask for, by name; `generic` is not one. */
export async function listTargets(db: Queryable): Promise<TargetRow[]> {
  const { rows } = await sql<TargetRow>`
    select name, enabled,
      (select count(*) from builders
        where targets.name = any (builders.targets) and builders.enabled and connected
          and last_seen_at > now() - interval '90 seconds') as builders,
      (select count(*) from tasks where tasks.target = targets.name and tasks.published_build_id is not null) as built
    from targets
    where name <> ${GENERIC_TARGET}
    order by name
  `.execute(db);
  return rows;
}
