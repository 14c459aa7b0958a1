import { isPrerelease, type Artifact, type CrateName, type Task, type Version } from '@buildsrs/common';
import { listArtifactsOfVersion, listTasksOfVersion, listVersions } from '@buildsrs/database';
import { artifactShape } from '../artifacts/artifact-shape.ts';
import type { Context } from '../context.ts';
import { findKnownVersion } from '../crates/find-known.ts';

/** What an install script is made of. */
export interface Release {
  readonly crate: CrateName;
  readonly version: Version;
  /** The archives with programs, one a target. */
  readonly archives: readonly Artifact[];
  /** Targets asked for that are not built. */
  readonly waiting: ReadonlyArray<{ readonly target: string; readonly status: Task['status'] }>;
  /** What who installs should know first; empty where there is nothing. */
  readonly note: string;
}

const isArchive = ({ name }: Pick<Artifact, 'name'>): boolean =>
  name.endsWith('.tar.gz') || name.endsWith('.zip');

/** The newest version that is built, a stable one before pre-releases. */
async function newestBuilt({ db }: Context, crate: CrateName): Promise<Version | undefined> {
  const built = (await listVersions(db, crate)).filter((one) => !one.yanked && one.targets.length > 0);
  return (built.find((one) => !isPrerelease(one.version)) ?? built[0])?.version;
}

/**
 * The release to install: the version that was asked for, else the latest, or the newest that is built where the latest
 * is still waiting.
 *
 * @throws {ProblemError} `crate-not-found`, `version-not-found`, `version-yanked`
 */
export async function findRelease(
  context: Context,
  name: CrateName,
  wanted: Version | 'latest',
): Promise<Release> {
  const { db, address } = context;
  const asked = await findKnownVersion(context, name, wanted);
  const filesOf = async (id: number): Promise<Artifact[]> =>
    (await listArtifactsOfVersion(db, id))
      .filter((row) => row.kind === 'binary' && row.variant === 'default' && isArchive(row))
      .map((row) => artifactShape(row, address));
  let row = asked;
  let archives = await filesOf(row.id);
  let note = row.yanked ? `${row.crate} ${row.version} was yanked by its authors.` : '';
  if (archives.length === 0 && wanted === 'latest') {
    const older = await newestBuilt(context, row.crate);
    if (older !== undefined) {
      row = await findKnownVersion(context, name, older);
      archives = await filesOf(row.id);
      note = `${row.crate} ${asked.version} is not built yet; this is ${row.version}.`;
    }
  }
  const tasks = await listTasksOfVersion(db, row.id);
  const waiting = tasks
    .filter((task) => task.kind === 'binary' && task.publishedBuildId === null)
    .map(({ target, status }) => ({ target, status }));
  return { crate: row.crate, version: row.version, archives, waiting, note };
}
