import {
  isolationLevel,
  ProblemError,
  type Requested,
  type RequestBuild,
  type Target,
} from '@buildsrs/common';
import {
  isTargetOffered,
  listBuilders,
  listEnabledTargets,
  metadataRequest,
  requestTask,
  type TaskRow,
  type VersionRow,
} from '@buildsrs/database';
import type { Context } from '../context.ts';
import { findKnownVersion } from '../crates/find-known.ts';
import { wantedOf, whyNothingToBuild, whyNotWanted } from '../jobs/wanted-of.ts';
import { taskShape } from '../tasks/task-shape.ts';

/** What somebody waits for goes before what the policy builds (0). */
const REQUEST_PRIORITY = 100;

/** The targets of a request that names none: those built for unasked, else those the builders here offer. */
async function usualTargets({ db }: Context): Promise<Target[]> {
  const enabled = await listEnabledTargets(db);
  if (enabled.length > 0) return enabled;
  const builders = await listBuilders(db);
  const offered = new Set(
    builders.filter((builder) => builder.connected).flatMap((builder) => builder.targets),
  );
  return [...offered].filter((target) => target !== 'generic').toSorted();
}

async function wantedTargets(
  context: Context,
  row: VersionRow,
  named: readonly Target[] | undefined,
): Promise<Target[]> {
  if (named === undefined) {
    const targets = await usualTargets(context);
    const wished = wantedOf(context.overrides, row).targets;
    const both = targets.filter((target) => wished?.includes(target) ?? true);
    if (both.length > 0) return both;
    if (targets.length > 0) return targets;
    throw new ProblemError(
      'no-builder',
      'No target is enabled here and no builder is connected, so nobody would build this.',
    );
  }
  const enabled = new Set(await listEnabledTargets(context.db));
  for (const target of named) {
    if (enabled.has(target) || (await isTargetOffered(context.db, target, 'binary'))) continue;
    const usual = await usualTargets(context);
    const instead = usual.length === 0 ? '' : ` There are: ${usual.join(', ')}.`;
    throw new ProblemError('no-builder', `No builder offers the target ${target}.${instead}`);
  }
  return [...new Set(named)];
}

/** A version that is known to have no program, or is not to be built, gets no task that could only fail. */
function refuseHopeless({ overrides }: Context, row: VersionRow): void {
  const unwanted = whyNotWanted(overrides, row);
  if (unwanted !== undefined) throw new ProblemError('opted-out', unwanted);
  const { facts } = row;
  const why = facts === null ? undefined : whyNothingToBuild(overrides, { ...row, facts });
  if (why !== undefined) throw new ProblemError('no-binaries', why);
}

/**
 * Makes or finds the tasks for a crate's binaries. Until the version's facts are known they wait for its metadata.
 *
 * @throws {ProblemError} `crate-not-found`, `version-not-found`, `version-yanked`, `no-builder`, `no-binaries`, `opted-out`.
 */
export async function requestBuild(context: Context, request: RequestBuild): Promise<Requested> {
  const row = await findKnownVersion(context, request.crate, request.version);
  refuseHopeless(context, row);
  const targets = await wantedTargets(context, row, request.targets);
  const common = {
    versionId: row.id,
    origin: 'request',
    priority: REQUEST_PRIORITY,
    isolationLevel: isolationLevel(context.settings.minIsolation),
  } as const;
  const tasks = await context.db.transaction().execute(async (trx) => {
    const metadata = row.facts === null ? await requestTask(trx, metadataRequest(common)) : undefined;
    const made: TaskRow[] = [];
    for (const target of targets) {
      made.push(
        await requestTask(trx, {
          ...common,
          kind: 'binary',
          target,
          ...(metadata === undefined ? {} : { blockedOn: metadata.id }),
        }),
      );
    }
    return made;
  });
  context.signals.tasksChanged();
  return { crate: row.crate, version: row.version, yanked: row.yanked, tasks: tasks.map(taskShape) };
}
