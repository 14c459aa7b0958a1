import { ProblemError, type BuildId } from '@buildsrs/common';
import { findBuild, type BuildRow } from '@buildsrs/database';
import type { Context } from '../context.ts';

/** What viewers of a build follow. */
export type BuildState = Pick<BuildRow, 'id' | 'outcome' | 'stages' | 'logBytes' | 'logObject'>;

/**
 * Finds a build.
 *
 * @throws {ProblemError} `build-not-found`
 */
export async function findKnownBuild({ db }: Pick<Context, 'db'>, id: BuildId): Promise<BuildRow> {
  const row = await findBuild(db, id);
  if (row === undefined) throw new ProblemError('build-not-found', `There is no build ${id}.`);
  return row;
}
