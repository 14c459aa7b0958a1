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
import { buildStage, type BuiltCrate } from './stages/build.ts';
import { fetchCrateFile, fetchStage, type FetchedCrate } from './stages/fetch.ts';
import { packageStage, writeBuildInfo } from './stages/package.ts';
import { resolveStage, type ResolvedCrate } from './stages/resolve.ts';
import { readExecutorFacts } from './toolchain.ts';

async function metadataJob(session: JobSession): Promise<JobResult> {
  const { job } = session;
  await session.run.enter('fetch');
  const file = await fetchCrateFile(session);
  await session.run.enter('resolve');
  const facts = await readCrateFacts(file, { name: job.crate, version: job.version });
  const names = facts.binaries.map((binary) => binary.name).join(', ');
  await session.log.note(names === '' ? 'no programs' : `programs: ${names}`);
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

/** A dependency at the version the published lock file names does not compile; another version may. */
class LockedDependencyError extends JobFailedError {}

async function compile(
  session: JobSession,
  crate: FetchedCrate,
  resolved: ResolvedCrate,
): Promise<BuiltCrate> {
  try {
    return await buildStage(session, crate, resolved);
  } catch (error) {
    const locked = crate.lockfile.origin === 'published' && error instanceof JobFailedError;
    if (locked && error.failure.kind === 'dependency-error') throw new LockedDependencyError(error.failure);
    throw error;
  }
}

async function binaryJob(session: JobSession, distrust: string | undefined): Promise<JobResult> {
  const { run } = session;
  await run.enter('fetch');
  const executor = await readExecutorFacts(session.context.driver);
  const crate = await fetchStage(session, executor.toolchain.host, distrust);
  await run.enter('resolve');
  const resolved = await resolveStage(session, crate, executor.toolchain);
  await run.enter('build');
  const built = await compile(session, crate, resolved);
  await run.enter('package');
  const archive = await packageStage(session, crate, built);
  await run.enter('upload');
  const info = buildInfoOf({ session, executor, crate, resolved, built });
  const artifacts = [];
  for (const file of [archive.file, await writeBuildInfo(session, info)])
    artifacts.push(await upload(session, file));
  return { kind: 'binary', artifacts, members: [...archive.members], info };
}

/**
 * Builds by the published lock file; when a dependency it names does not compile with today's compiler, once more by a
 * generated one, in a new workspace. If that fails as well, the first failure is the one to tell, unless the second was
 * nobody's fault.
 */
async function binaryAttempts(run: JobRun): Promise<JobResult> {
  try {
    return await JobSession.with(run, async (session) => binaryJob(session, undefined));
  } catch (first) {
    if (!(first instanceof LockedDependencyError)) throw first;
    const distrust = `${first.failure.dependency} of the published Cargo.lock does not compile`;
    await run.log.note(distrust);
    try {
      return await JobSession.with(run, async (session) => binaryJob(session, distrust));
    } catch (second) {
      if (second instanceof JobFailedError && !second.failure.retryable) throw first;
      throw second;
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
