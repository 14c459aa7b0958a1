import { setTimeout as sleep } from 'node:timers/promises';
import {
  failure,
  inputIdOf,
  ProblemError,
  type BuildId,
  type CrateFacts,
  type Failure,
  type JobResult,
} from '@buildsrs/common';
import {
  completeBuild,
  failBuild,
  findBuildByToken,
  findTaskOfBuild,
  findVersionById,
  listEnabledTargets,
  listUploads,
  requestTask,
  setVersionFacts,
  type BuildRow,
  type Completion,
  type Queryable,
  type RecordOutcome,
  type UploadRow,
} from '@buildsrs/database';
import type { Overrides } from '@buildsrs/registry';
import type { Context } from '../context.ts';
import { wantedOf, whyNothingToBuild, whyNotWanted, type KnownVersion } from '../jobs/wanted-of.ts';
import { checkResult } from './check-result.ts';
import { mediaTypeOf } from './media-type.ts';

/** Tries to make staged bytes visible before the build is given back as an upload error of ours. */
const COMMIT_ATTEMPTS = 3;
const COMMIT_PAUSE_MS = 500;

interface Report {
  readonly build: BuildId;
  readonly token: string;
  readonly result: JobResult;
}

function completionOf(overrides: Overrides, { build, token, result }: Report, row: BuildRow): Completion {
  if (result.kind === 'metadata') {
    const why = whyNotFurther(overrides, { ...row, facts: result.facts });
    return { build, token, ...(why === undefined ? {} : { failDependents: why }) };
  }
  return {
    build,
    token,
    info: result.info,
    inputId: inputIdOf(result.info.inputs),
    artifacts: result.artifacts.map((artifact, index) => ({
      ...artifact,
      mediaType: mediaTypeOf(artifact.name),
      ...(index === 0 ? { members: result.members } : {}),
    })),
  };
}

/** Why nothing follows from a version's facts, where that is so. */
function whyNotFurther(
  overrides: Overrides,
  known: KnownVersion & { readonly facts: CrateFacts },
): Failure | undefined {
  const unwanted = whyNotWanted(overrides, known);
  if (unwanted !== undefined) return failure('opted-out', unwanted);
  const nothing = whyNothingToBuild(overrides, known);
  return nothing === undefined ? undefined : failure('no-binaries', nothing);
}

/** Writes a version's facts, and, where nobody asked but the policy wants it, the tasks that follow from them. */
async function recordFacts(
  trx: Queryable,
  row: BuildRow,
  { facts, overrides }: { readonly facts: CrateFacts; readonly overrides: Overrides },
): Promise<void> {
  await setVersionFacts(trx, row.versionId, facts);
  const task = await findTaskOfBuild(trx, row.id);
  const known = { ...row, facts };
  const { rebuild = 'automatic', targets } = wantedOf(overrides, known);
  if (task?.origin !== 'policy' || rebuild !== 'automatic') return;
  if (whyNotFurther(overrides, known) !== undefined) return;
  for (const target of await listEnabledTargets(trx)) {
    if (targets?.includes(target) === false) continue;
    await requestTask(trx, {
      versionId: row.versionId,
      kind: 'binary',
      target,
      origin: 'policy',
      isolationLevel: task.isolationLevel,
    });
  }
}

/**
 * One transaction: the fence, objects, artifacts, outcome and task, what waited for it. The bytes become visible inside
 * it, after the objects' rows are locked (so that no sweeper deletes them meanwhile) and before anybody can see that
 * they are published. A crash in between leaves bytes without a row, which the sweeper finds.
 */
async function publish(
  { db, overrides, store }: Context,
  report: Report,
  row: BuildRow,
  uploads: readonly UploadRow[],
): Promise<RecordOutcome> {
  const { result } = report;
  const names = new Set(result.kind === 'binary' ? result.artifacts.map((artifact) => artifact.name) : []);
  return await db.transaction().execute(async (trx) => {
    const outcome = await completeBuild(trx, completionOf(overrides, report, row));
    if (outcome !== 'recorded') return outcome;
    if (result.kind === 'metadata') await recordFacts(trx, row, { facts: result.facts, overrides });
    const published = uploads.filter((upload) => names.has(upload.name));
    await Promise.all(published.map((upload) => store.commit(upload)));
    return outcome;
  });
}

async function discardAll({ store, log }: Context, uploads: readonly UploadRow[]): Promise<void> {
  for (const upload of uploads) {
    await store
      .discard(upload)
      .catch((error: unknown) => log.debug({ err: error }, 'staging left to the sweep'));
  }
}

/**
 * Records a successful build and publishes what it left, all or nothing, once. A late or second report changes nothing.
 */
export async function publishBuild(context: Context, report: Report): Promise<RecordOutcome> {
  const { db, log } = context;
  const { build, token } = report;
  const row = await findBuildByToken(db, build, token);
  // The fence says which it was: recorded before, or lost.
  if (row === undefined) return await completeBuild(db, { build, token });
  const version = await findVersionById(db, row.versionId);
  if (version === undefined) throw new Error(`build ${build} is of a version that is gone`);
  const uploads = await listUploads(db, build);
  const wrong = checkResult(report.result, { build: row, version, uploads });
  if (wrong !== undefined) {
    log.warn({ build, failure: wrong }, 'a result was refused');
    return await failBuild(db, { build, token, failure: wrong });
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcome = await publish(context, report, row, uploads);
      if (outcome === 'recorded' && report.result.kind === 'binary') {
        const names = new Set(report.result.artifacts.map((artifact) => artifact.name));
        await discardAll(
          context,
          uploads.filter((upload) => !names.has(upload.name)),
        );
      }
      return outcome;
    } catch (error) {
      if (!ProblemError.is(error)) throw error;
      log.warn({ build, attempt, err: error }, 'an upload could not be made visible');
      if (attempt >= COMMIT_ATTEMPTS) {
        return await failBuild(db, { build, token, failure: failure('upload-error', error.message) });
      }
      await sleep(COMMIT_PAUSE_MS * attempt);
    }
  }
}
