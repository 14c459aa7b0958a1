import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { executableSuffix, failure } from '@buildsrs/common';
import { CARGO_ENVIRONMENT, remapFlags } from '../cargo-environment.ts';
import { CargoMessageReader } from '../cargo-messages.ts';
import { BadOutputError, JobFailedError } from '../errors.ts';
import type { JobSession } from '../job-session.ts';
import { recogniseBuildFailure } from '../recognise/build-failure.ts';
import { featureArguments, type WantedBuild } from '../wanted-build.ts';
import type { FetchedCrate } from './fetch.ts';
import type { ResolvedCrate } from './resolve.ts';

/** A program that was built, copied out of the build. */
export interface BuiltProgram {
  /** Its file's name, with the target's suffix. */
  readonly name: string;
  /** Where the copy is on this machine. */
  readonly path: string;
  readonly size: number;
}

/** What a build gave, and with what. */
export interface BuiltCrate {
  readonly programs: readonly BuiltProgram[];
  /** cargo's arguments and variables, with this build's own paths. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** cargo's jobs: not more than the machine or the limit has, so that a build does not wait for itself. */
function jobCount(cpus: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpus)));
}

async function compile(
  session: JobSession,
  resolved: ResolvedCrate,
  command: { args: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<void> {
  const reader = new CargoMessageReader((bytes) => session.log.write(bytes));
  const end = await session.command({
    argv: ['cargo', ...command.args],
    env: command.env,
    runsCrate: true,
    onStdout: (chunk) => reader.push(chunk),
  });
  await reader.end();
  if (end.exitCode === 0) return;
  throw session.failed(
    recogniseBuildFailure({
      errors: reader.errors,
      stderr: end.stderr,
      signal: end.signal,
      rootId: resolved.graph.root.id,
      names: new Map([...resolved.graph.packages].map(([id, pkg]) => [id, `${pkg.name} ${pkg.version}`])),
      target: session.job.target,
    }),
  );
}

/** Takes the programs out. Their names are cargo's from before any code ran: nothing the build printed names a path. */
async function collectPrograms(session: JobSession, bins: readonly string[]): Promise<BuiltProgram[]> {
  const { job, workspace } = session;
  const suffix = executableSuffix(job.target);
  const directory = join(session.outputDir, 'programs');
  await mkdir(directory);
  const programs: BuiltProgram[] = [];
  let left = job.limits.outputBytes;
  for (const [index, bin] of bins.entries()) {
    const name = `${bin}${suffix}`;
    const path = join(directory, String(index));
    try {
      const { size } = await workspace.collect(`target/${job.target}/release/${name}`, path, left);
      left -= size;
      programs.push({ name, path, size });
    } catch (error) {
      if (!(error instanceof BadOutputError)) throw error;
      const kind = error.reason === 'too-large' ? 'output-too-large' : 'bad-output';
      throw new JobFailedError(
        failure(kind, `The program ${name} cannot be taken out of the build: ${error.message}`),
        {
          cause: error,
        },
      );
    }
  }
  return programs;
}

/** The third stage: the crate is compiled, without network. From here on its code runs. */
export async function buildStage(
  session: JobSession,
  crate: FetchedCrate,
  resolved: ResolvedCrate,
  wanted: WantedBuild,
): Promise<BuiltCrate> {
  const { job, workspace } = session;
  const args = [
    'build',
    '--release',
    '--locked',
    '--offline',
    ...(wanted.bins === undefined ? ['--bins'] : resolved.bins.flatMap((bin) => ['--bin', bin])),
    ...featureArguments(wanted),
    // Always named, the host's own too: then the output has one place and flags are never the build scripts'.
    '--target',
    job.target,
    '--manifest-path',
    crate.manifestPath,
    '--target-dir',
    `${workspace.paths.build}/target`,
    '--config',
    crate.configPath,
    '--message-format',
    'json-diagnostic-rendered-ansi',
  ];
  const env = {
    ...CARGO_ENVIRONMENT,
    // Who downloads a program has no use for line tables, which make ripgrep four times as large; a crate's own wish for
    // them is for those who compile it themselves. Whether symbols are stripped stays the crate's decision.
    CARGO_PROFILE_RELEASE_DEBUG: 'false',
    CARGO_BUILD_JOBS: String(jobCount(job.limits.cpus)),
    // The separator of the encoded form is a unit separator, so that a path may hold spaces.
    CARGO_ENCODED_RUSTFLAGS: remapFlags(workspace.paths, resolved.registryDirs).join('\u001f'),
    SOURCE_DATE_EPOCH: String(crate.sourceDate),
    // From a list in which nothing above stands.
    ...job.environment,
  };
  await compile(session, resolved, { args, env });
  return { programs: await collectPrograms(session, resolved.bins), args, env };
}
