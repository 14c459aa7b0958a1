import {
  failure,
  SentenceError,
  type Failure,
  type Job,
  type JobResult,
  type UploadedArtifact,
} from '@buildsrs/common';
import { ManifestError, CrateArchiveError, readCrateFacts } from '@buildsrs/registry';
import { buildInfoOf } from './build-info.ts';
import { JobFailedError } from './errors.ts';
import type { JobContext, JobOutcome, OutputFile } from './job-context.ts';
import { JobCancelledError, JobRun } from './job-run.ts';
import { JobSession } from './job-session.ts';
import { lackingPackages } from './lacking-packages.ts';
import { nextAttempt } from './next-attempt.ts';
import { buildStage, type BuiltCrate } from './stages/build.ts';
import { fetchCrateFile, fetchStage, type FetchedCrate } from './stages/fetch.ts';
import { packageStage, writeBuildInfo } from './stages/package.ts';
import { resolveStage, type ResolvedCrate } from './stages/resolve.ts';
import { readExecutorFacts, type ToolchainFacts } from './toolchain.ts';
import { wantedBy, type WantedBuild } from './wanted-build.ts';

async function metadataJob(session: JobSession): Promise<JobResult> {
  const { job } = session;
  await session.run.enter('fetch');
  const file = await fetchCrateFile(session);
  await session.run.enter('resolve');
  const facts = await readCrateFacts(file, { name: job.crate, version: job.version });
  const names = facts.binaries.map((binary) => binary.name).join(', ');
  await session.log.note(names === '' ? 'no programs' : `programs: ${names}`);
  for (const sentence of facts.ignoredPreferences ?? [])
    await session.log.note(`not used of package.metadata.buildsrs: ${sentence}`);
  return { kind: 'metadata', facts };
}

async function upload(session: JobSession, file: OutputFile): Promise<UploadedArtifact> {
  session.run.check();
  try {
    return await session.context.upload(file);
  } catch (error) {
    if (error instanceof JobFailedError) throw error;
    session.run.check();
    throw new JobFailedError(
      failure('upload-error', `${file.name} could not be uploaded: ${(error as Error).message}`),
      { cause: error },
    );
  }
}

/** An attempt failed, but there is something left to try. */
class TryAgainError extends JobFailedError {
  readonly next: WantedBuild;

  constructor(found: Failure, next: WantedBuild) {
    super(found);
    this.next = next;
  }
}

/** Resolves and builds; a failure that another attempt may not have says which attempt. */
async function compile(
  session: JobSession,
  crate: FetchedCrate,
  options: { readonly toolchain: ToolchainFacts; readonly wanted: WantedBuild },
): Promise<{ readonly resolved: ResolvedCrate; readonly built: BuiltCrate }> {
  const { wanted } = options;
  let resolved: ResolvedCrate | undefined;
  try {
    resolved = await resolveStage(session, crate, options);
    await session.run.enter('build');
    return { resolved, built: await buildStage(session, crate, resolved, wanted) };
  } catch (error) {
    if (!(error instanceof JobFailedError)) throw error;
    const next = nextAttempt(wanted, error.failure, { lockfile: crate.lockfile, graph: resolved?.graph });
    throw next === undefined ? error : new TryAgainError(error.failure, next);
  }
}

async function binaryJob(session: JobSession, wanted: WantedBuild): Promise<JobResult> {
  const { run } = session;
  await run.enter('fetch');
  const executor = await readExecutorFacts(session.context.driver);
  const { packages = [] } = session.job;
  if (packages.length > 0) await session.log.note(`the crate asks for ${packages.join(', ')}`);
  const lacking = lackingPackages(packages, executor.packages);
  if (lacking !== undefined) throw new JobFailedError(lacking);
  const crate = await fetchStage(session, executor.toolchain.host, wanted);
  await run.enter('resolve');
  const { resolved, built } = await compile(session, crate, { toolchain: executor.toolchain, wanted });
  await run.enter('package');
  const archive = await packageStage(session, crate, built);
  await run.enter('upload');
  const info = buildInfoOf({ session, executor, wanted, crate, resolved, built });
  const artifacts = [];
  for (const file of [archive.file, await writeBuildInfo(session, info)])
    artifacts.push(await upload(session, file));
  return { kind: 'binary', artifacts, members: [...archive.members], info };
}

/**
 * Builds what the job says; where that fails for a reason with a known way around (see {@link nextAttempt}), once more in
 * a new workspace. If that fails as well, the first failure is the one to tell, unless the second was nobody's fault.
 */
async function binaryAttempts(run: JobRun): Promise<JobResult> {
  let wanted = wantedBy(run.job);
  let first: TryAgainError | undefined;
  for (;;) {
    const attempt = wanted;
    try {
      return await JobSession.with(run, async (session) => binaryJob(session, attempt));
    } catch (error) {
      if (error instanceof TryAgainError) {
        first ??= error;
        wanted = error.next;
        await run.log.note(wanted.why);
      } else if (first !== undefined && error instanceof JobFailedError && !error.failure.retryable)
        throw first;
      else throw error;
    }
  }
}

async function resultOf(run: JobRun): Promise<JobResult> {
  const { kind, variant } = run.job;
  if (kind === 'metadata') return JobSession.with(run, metadataJob);
  if (kind === 'binary' && variant === 'default') return binaryAttempts(run);
  throw new JobFailedError(
    failure('executor-error', `This builder cannot build the kind ${kind} with the variant ${variant}.`),
  );
}

/** What an error that ended a job means. */
function outcomeOf(error: unknown, signal: AbortSignal): JobOutcome {
  if (error instanceof JobCancelledError || signal.aborted) return { status: 'cancelled' };
  const failed = (found: Failure): JobOutcome => ({ status: 'failed', failure: found });
  if (error instanceof JobFailedError) return failed(error.failure);
  const message = error instanceof Error ? error.message : String(error);
  if (CrateArchiveError.is(error)) return failed(failure('bad-archive', message));
  if (ManifestError.is(error)) return failed(failure('bad-manifest', message));
  if (SentenceError.is(error) && error.code === 'toolchain-missing') {
    return failed(failure('toolchain-missing', message));
  }
  return failed(failure('executor-error', `The builder could not run the build: ${message}`));
}

/** The end of a log: what the outcome says. A reader that is gone changes nothing about it. */
async function endLog(run: JobRun, outcome: JobOutcome): Promise<void> {
  // Nobody wants the rest of a cancelled build's log, and its reader may never take it.
  if (outcome.status === 'cancelled') return;
  try {
    if (outcome.status === 'failed') {
      const { kind, message, hint } = outcome.failure;
      await run.log.note(`failed (${kind}): ${message.split('\n', 1)[0]}`);
      await run.log.note(hint);
    }
    await run.log.end();
  } catch {
    // The outcome is known without it.
  }
}

/**
 * Runs a job to its end: fetch, resolve, build, package, upload. Never throws: what a crate does wrong and what goes
 * wrong here are both outcomes, told apart by the failure's kind. Afterwards nothing of the build is left on this
 * machine but the shared download caches.
 */
export async function runJob(job: Job, context: JobContext): Promise<JobOutcome> {
  const run = new JobRun(job, context);
  let outcome: JobOutcome;
  try {
    outcome = { status: 'succeeded', result: await resultOf(run) };
  } catch (error) {
    outcome = outcomeOf(error, context.signal);
  }
  await endLog(run, outcome);
  return outcome;
}
