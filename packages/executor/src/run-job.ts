import { failure, SentenceError, type Job, type JobResult, type UploadedArtifact } from '@buildsrs/common';
import { ManifestError, CrateArchiveError, readCrateFacts } from '@buildsrs/registry';
import { buildInfoOf } from './build-info.ts';
import { JobFailedError } from './errors.ts';
import type { JobContext, JobOutcome, OutputFile } from './job-context.ts';
import { JobCancelledError, JobSession } from './job-session.ts';
import { buildStage } from './stages/build.ts';
import { fetchCrateFile, fetchStage } from './stages/fetch.ts';
import { packageStage, writeBuildInfo } from './stages/package.ts';
import { resolveStage } from './stages/resolve.ts';
import { readExecutorFacts } from './toolchain.ts';

async function metadataJob(session: JobSession): Promise<JobResult> {
  const { job } = session;
  await session.enter('fetch');
  const file = await fetchCrateFile(session);
  await session.enter('resolve');
  const facts = await readCrateFacts(file, { name: job.crate, version: job.version });
  const names = facts.binaries.map((binary) => binary.name).join(', ');
  await session.log.note(names === '' ? 'no programs' : `programs: ${names}`);
  return { kind: 'metadata', facts };
}

async function upload(session: JobSession, file: OutputFile): Promise<UploadedArtifact> {
  session.check();
  try {
    return await session.context.upload(file);
  } catch (error) {
    if (error instanceof JobFailedError) throw error;
    session.check();
    throw new JobFailedError(
      failure('upload-error', `${file.name} could not be uploaded: ${(error as Error).message}`),
      { cause: error },
    );
  }
}

async function binaryJob(session: JobSession): Promise<JobResult> {
  await session.enter('fetch');
  const executor = await readExecutorFacts(session.context.driver);
  const crate = await fetchStage(session, executor.toolchain.host);
  await session.enter('resolve');
  const resolved = await resolveStage(session, crate, executor.toolchain);
  await session.enter('build');
  const built = await buildStage(session, crate, resolved);
  await session.enter('package');
  const archive = await packageStage(session, crate, built);
  await session.enter('upload');
  const info = buildInfoOf({ session, executor, crate, resolved, built });
  const artifacts = [];
  for (const file of [archive.file, await writeBuildInfo(session, info)])
    artifacts.push(await upload(session, file));
  return { kind: 'binary', artifacts, members: [...archive.members], info };
}

function stagesOf(session: JobSession): Promise<JobResult> {
  const { kind, variant } = session.job;
  if (kind === 'metadata') return metadataJob(session);
  if (kind === 'binary' && variant === 'default') return binaryJob(session);
  throw new JobFailedError(
    failure('executor-error', `This builder cannot build the kind ${kind} with the variant ${variant}.`),
  );
}

/** What an error that ended a job means. */
function outcomeOf(error: unknown, signal: AbortSignal): JobOutcome {
  if (error instanceof JobCancelledError || signal.aborted) return { status: 'cancelled' };
  if (error instanceof JobFailedError) return { status: 'failed', failure: error.failure };
  if (CrateArchiveError.is(error))
    return { status: 'failed', failure: failure('bad-archive', error.message) };
  if (ManifestError.is(error)) return { status: 'failed', failure: failure('bad-manifest', error.message) };
  if (SentenceError.is(error) && error.code === 'toolchain-missing') {
    return { status: 'failed', failure: failure('toolchain-missing', error.message) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: 'failed',
    failure: failure('executor-error', `The builder could not run the build: ${message}`),
  };
}

/**
 * Runs a job to its end: fetch, resolve, build, package, upload. Never throws: what a crate does wrong and what goes
 * wrong here are both outcomes, told apart by the failure's kind. Afterwards nothing of the build is left on this
 * machine but the shared download caches.
 */
export async function runJob(job: Job, context: JobContext): Promise<JobOutcome> {
  try {
    const result = await JobSession.with(job, context, async (session) => {
      try {
        return await stagesOf(session);
      } catch (error) {
        const outcome = outcomeOf(error, context.signal);
        if (outcome.status === 'failed') {
          await session.log.note(
            `failed (${outcome.failure.kind}): ${outcome.failure.message.split('\n', 1)[0]}`,
          );
          await session.log.note(outcome.failure.hint);
        }
        throw error;
      }
    });
    return { status: 'succeeded', result };
  } catch (error) {
    return outcomeOf(error, context.signal);
  }
}
