import { ProblemError, type CrateName, type Version } from '@buildsrs/common';
import {
  findCrate,
  findVersion,
  nearestCrateNames,
  type CrateRow,
  type VersionRow,
} from '@buildsrs/database';
import { nearestNames, POPULAR_CRATES } from '@buildsrs/registry';
import type { Context } from '../context.ts';

/** Names to offer for a crate that is not known. */
async function suggestionsFor({ db }: Pick<Context, 'db'>, name: CrateName): Promise<string[]> {
  const known = await nearestCrateNames(db, name, 10);
  const nearest = nearestNames(name, [...known, ...POPULAR_CRATES], 5);
  return nearest.length > 0 ? nearest : known.slice(0, 3);
}

async function unknownCrate(context: Pick<Context, 'db'>, name: CrateName): Promise<ProblemError> {
  const suggestions = await suggestionsFor(context, name);
  const nearest = suggestions.length === 0 ? '' : ` The nearest names are ${suggestions.join(', ')}.`;
  return new ProblemError('crate-not-found', `No crate named "${name}" is known here.${nearest}`, {
    suggestions,
  });
}

/**
 * The crate of this name.
 *
 * @throws {ProblemError} `crate-not-found` with the nearest names.
 */
export async function findKnownCrate(context: Pick<Context, 'db'>, name: CrateName): Promise<CrateRow> {
  const crate = await findCrate(context.db, name);
  if (crate === undefined) throw await unknownCrate(context, name);
  return crate;
}

/**
 * A version of a crate; `latest` is the one people mean by it.
 *
 * @throws {ProblemError} `crate-not-found`, `version-not-found`, and `version-yanked` where every version is.
 */
export async function findKnownVersion(
  context: Pick<Context, 'db'>,
  name: CrateName,
  version: Version | 'latest',
): Promise<VersionRow> {
  const row = await findVersion(context.db, name, version);
  if (row !== undefined) return row;
  const crate = await findKnownCrate(context, name);
  if (version === 'latest') {
    throw new ProblemError(
      'version-yanked',
      `Every version of ${crate.name} is yanked. One can still be named exactly.`,
    );
  }
  const newest = crate.latest === null ? '' : ` The newest is ${crate.latest}.`;
  throw new ProblemError('version-not-found', `${crate.name} has no version ${version}.${newest}`);
}
