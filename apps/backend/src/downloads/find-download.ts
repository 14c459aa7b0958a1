import { canonicalCrateName, ProblemError, type ArtifactName, type CrateName } from '@buildsrs/common';
import type { Target, Version } from '@buildsrs/common';
import {
  findArtifact,
  listArtifactsOfVersion,
  listTasksOfVersion,
  type ArtifactRow,
} from '@buildsrs/database';
import type { Context } from '../context.ts';
import { findKnownVersion } from '../crates/find-known.ts';
import { BoundedMap } from '../http/bounded-map.ts';
import { isUnavailable } from '../http/is-unavailable.ts';

/** What a download asks for, proven by schemas. */
export interface DownloadAddress {
  readonly crate: CrateName;
  readonly version: Version;
  readonly target: Target;
  readonly file: ArtifactName;
}

/** How long a row is taken from memory without asking: published files do not change, but they can be taken down. */
const FRESH_MS = 60_000;
const MAX_KNOWN = 20_000;

/**
 * Finds published files. What was found before is found again while the database is away: downloads of known files
 * do not need it.
 */
export function downloadFinder(context: Context): (address: DownloadAddress) => Promise<ArtifactRow> {
  const known = new BoundedMap<string, { readonly at: number; readonly row: ArtifactRow }>(MAX_KNOWN);

  async function missing(address: DownloadAddress): Promise<ProblemError> {
    const version = await findKnownVersion(context, address.crate, address.version);
    const tasks = await listTasksOfVersion(context.db, version.id);
    const own = tasks.filter((task) => task.target === address.target);
    if (own.length > 0 && own.every((task) => task.publishedBuildId === null)) {
      const [task] = own;
      return new ProblemError(
        'not-built',
        `${version.crate} ${version.version} is not built for ${address.target}: its task is ${task?.status ?? 'gone'}.`,
      );
    }
    const files = (await listArtifactsOfVersion(context.db, version.id))
      .filter((artifact) => artifact.target === address.target)
      .map((artifact) => artifact.name);
    const instead = files.length === 0 ? '' : ` There are: ${files.join(', ')}.`;
    return new ProblemError(
      files.length === 0 ? 'not-built' : 'artifact-not-found',
      `${version.crate} ${version.version} has no file ${address.file} for ${address.target}.${instead}`,
    );
  }

  return async function find(address) {
    const key = [canonicalCrateName(address.crate), address.version, address.target, address.file].join('/');
    const hit = known.get(key);
    if (hit !== undefined && performance.now() - hit.at < FRESH_MS) return hit.row;
    try {
      const row = await findArtifact(context.db, address);
      if (row === undefined) {
        known.delete(key);
        throw await missing(address);
      }
      known.set(key, { at: performance.now(), row });
      return row;
    } catch (error) {
      if (hit !== undefined && isUnavailable(error)) return hit.row;
      throw error;
    }
  };
}
