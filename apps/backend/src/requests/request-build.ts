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
import { whyNoProgram } from '../crates/no-program.ts';
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

async function wantedTargets(context: Context, named: readonly Target[] | undefined): Promise<Target[]> {
  if (named === undefined) {
    const targets = await usualTargets(context);
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

/** A version that is known to have no program gets no task that could only fail. */
function refuseLibrary(row: VersionRow): void {
  const why = row.facts === null ? undefined : whyNoProgram(row.crate, row.version, row.facts);
  if (why !== undefined) throw new ProblemError('no-binaries', why);
}

/**
 * Makes or finds the tasks for a crate's binaries. Until the version's facts are known they wait for its metadata.
 *
 * @throws {ProblemError} `crate-not-found`, `version-not-found`, `version-yanked`, `no-builder`, `no-binaries`.
 */
export async function requestBuild(context: Context, request: RequestBuild): Promise<Requested> {
  const row = await findKnownVersion(context, request.crate, request.version);
  refuseLibrary(row);
  const targets = await wantedTargets(context, request.targets);
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
