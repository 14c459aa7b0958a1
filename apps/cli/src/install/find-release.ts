import { isPrerelease, ProblemError, type Artifact, type Task, type Version } from '@buildsrs/common';
import type { ApiClient } from '@buildsrs/client';
import type { WantedCrate } from '../wanted-crate.ts';

/** A version with its archives, one a target. */
export interface Release {
  readonly crate: string;
  readonly version: Version;
  readonly yanked: boolean;
  readonly archives: readonly Artifact[];
  readonly tasks: readonly Task[];
  /** What who installs should know first. */
  readonly note: string | undefined;
}

const isArchive = ({ kind, name }: Artifact): boolean =>
  kind === 'binary' && (name.endsWith('.tar.gz') || name.endsWith('.zip'));

/**
 * Finds a release in at most two requests: the version that was asked for, else the latest, or the newest that is built
 * where the latest still waits.
 *
 * @throws {ProblemError} as the API does.
 */
export async function findRelease(
  client: ApiClient,
  wanted: WantedCrate,
  signal: AbortSignal,
): Promise<Release> {
  let { version } = wanted;
  let note: string | undefined;
  if (version === undefined) {
    const crate = await client.getCrate(wanted.name, { signal });
    if (crate.latest === null) {
      throw new ProblemError(
        'version-yanked',
        `Every version of ${crate.name} is yanked. One can be named exactly.`,
      );
    }
    const built = crate.versions.filter((one) => !one.yanked && one.targets.length > 0);
    const newest = built.find((one) => !isPrerelease(one.version)) ?? built[0];
    version = newest?.version ?? crate.latest;
    if (version !== crate.latest)
      note = `${crate.name} ${crate.latest} is not built yet; this is ${version}.`;
  }
  const detail = await client.getVersion(wanted.name, version, { signal });
  if (detail.yanked) note = `${detail.crate} ${detail.version} was yanked by its authors.`;
  return {
    crate: detail.crate,
    version: detail.version,
    yanked: detail.yanked,
    archives: detail.artifacts.filter(isArchive),
    tasks: detail.tasks.filter((task) => task.kind === 'binary'),
    note,
  };
}
