import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, GENERIC_TARGET, parseDigest, type Digest, type Target } from '@buildsrs/common';
import { CrateArchiveError, unpackCrate } from '@buildsrs/registry';
import { CARGO_ENVIRONMENT, cargoConfig, withFixedPaths } from '../cargo-environment.ts';
import { downloadCrate } from '../download-crate.ts';
import { JobFailedError } from '../errors.ts';
import type { JobSession } from '../job-session.ts';
import { neutralManifest } from '../neutral-manifest.ts';
import { cargoError } from '../recognise/excerpt.ts';
import { recogniseCargoFailure } from '../recognise/cargo-failure.ts';
import { sourceDateOf } from '../source-date.ts';
import type { WantedBuild } from '../wanted-build.ts';
import { takeDocuments, type Document } from './documents.ts';

const MAX_LOCKFILE_BYTES = 16 * 1024 * 1024;

/** Where the lock file that was used came from. */
export interface UsedLockfile {
  readonly origin: 'published' | 'generated';
  readonly sha256: Digest;
  /** Why the published one was not used, where there was one. */
  readonly reason: string | undefined;
  readonly text: string;
}

/** A crate whose sources and dependencies are all on this machine. */
export interface FetchedCrate {
  /** Its folder below the build's. */
  readonly folder: string;
  /** Its manifest and cargo's configuration, as commands see them. */
  readonly manifestPath: string;
  readonly configPath: string;
  readonly lockfile: UsedLockfile;
  /** Seconds. */
  readonly sourceDate: number;
  /** Licence and readme files, taken before any code of the crate ran. */
  readonly documents: readonly Document[];
}

/** The job's `.crate`, checked against its checksum. @throws {JobFailedError} */
export async function fetchCrateFile(session: JobSession): Promise<string> {
  const { job, context } = session;
  await session.log.note(`fetching ${job.crate} ${job.version} from ${new URL(job.registry.crateUrl).host}`);
  try {
    return await downloadCrate(job, {
      dataDir: context.dataDir,
      userAgent: `builds.rs ${context.builderVersion}`,
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(session.run.remainingMs)]),
    });
  } catch (error) {
    session.run.check();
    throw error;
  }
}

async function unpack(session: JobSession, crateFile: string): Promise<string> {
  const { job, workspace } = session;
  try {
    const { directory } = await unpackCrate(crateFile, workspace.hostBuildDir, {
      name: job.crate,
      version: job.version,
    });
    return directory;
  } catch (error) {
    if (CrateArchiveError.is(error))
      throw new JobFailedError(failure('bad-archive', error.message), { cause: error });
    throw error;
  }
}

async function writeNeutralManifest(
  session: JobSession,
  directory: string,
  dependencyFeatures: readonly string[],
): Promise<void> {
  const file = join(directory, 'Cargo.toml');
  let neutral;
  try {
    neutral = neutralManifest(await readFile(file, 'utf8'), dependencyFeatures);
  } catch (error) {
    const [said] = (error as Error).message.split('\n', 1);
    throw new JobFailedError(failure('bad-manifest', `Cargo.toml cannot be read: ${said}`), { cause: error });
  }
  for (const change of neutral.changes)
    await session.log.note(`ignored in Cargo.toml, as cargo install does: ${change}`);
  await writeFile(file, neutral.text);
}

async function cargoFetch(
  session: JobSession,
  crate: { manifestPath: string; configPath: string },
  options: { host: Target; locked: boolean; olderRust?: boolean },
) {
  const targets = new Set([options.host, session.job.target]);
  targets.delete(GENERIC_TARGET as Target);
  return session.command({
    argv: [
      'cargo',
      'fetch',
      '--manifest-path',
      crate.manifestPath,
      '--config',
      crate.configPath,
      // Build scripts and macros run on the host and have dependencies of their own there.
      ...[...targets].flatMap((target) => ['--target', target]),
      ...(options.locked ? ['--locked'] : []),
    ],
    // Not by itself: a crate that takes an old Rust as well would get dependencies of that time.
    env: options.olderRust
      ? { ...CARGO_ENVIRONMENT, CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS: 'fallback' }
      : CARGO_ENVIRONMENT,
    network: true,
    cargoHome: 'writable',
  });
}

async function readLockfile(session: JobSession, folder: string): Promise<{ text: string; sha256: Digest }> {
  const copy = join(session.outputDir, 'Cargo.lock');
  await session.workspace.collect(`${folder}/Cargo.lock`, copy, MAX_LOCKFILE_BYTES);
  const bytes = await readFile(copy);
  await rm(copy);
  return {
    text: bytes.toString('utf8'),
    sha256: parseDigest(createHash('sha256').update(bytes).digest('hex')),
  };
}

interface CratePaths {
  readonly folder: string;
  readonly manifestPath: string;
  readonly configPath: string;
}

interface LockfileOptions {
  readonly host: Target;
  /** Whether the archive has one. */
  readonly published: boolean;
  readonly distrust: string | undefined;
  readonly olderRust: boolean;
  readonly dependencyFeatures: readonly string[];
}

/** Adds to the published lock file what features of dependencies need and it lacks; all it pins stays as it is. */
async function completeLockfile(
  session: JobSession,
  crate: CratePaths,
  options: LockfileOptions,
): Promise<UsedLockfile | undefined> {
  if (options.dependencyFeatures.length === 0) return undefined;
  const end = await cargoFetch(session, crate, { host: options.host, locked: false });
  if (end.exitCode !== 0) return undefined;
  const reason = `completed for ${options.dependencyFeatures.join(', ')}`.slice(0, 500);
  await session.log.note(`the published Cargo.lock was ${reason}`);
  return { origin: 'generated', reason, ...(await readLockfile(session, crate.folder)) };
}

/** Fetches the dependencies: by the published lock file, else by a generated one with the reason recorded. */
async function fetchDependencies(
  session: JobSession,
  crate: CratePaths,
  options: LockfileOptions,
): Promise<UsedLockfile> {
  let reason = options.published ? options.distrust : undefined;
  if (options.published && reason === undefined) {
    const end = await cargoFetch(session, crate, { host: options.host, locked: true });
    if (end.exitCode === 0) {
      await session.log.note('using the published Cargo.lock');
      return { origin: 'published', reason, ...(await readLockfile(session, crate.folder)) };
    }
    const failed = recogniseCargoFailure(end.stderr);
    // A registry that is away, or bytes that are not what was promised, are no fault of the lock file.
    if (['fetch-error', 'checksum-mismatch', 'disk-full'].includes(failed.kind)) throw session.failed(failed);
    const completed = await completeLockfile(session, crate, options);
    if (completed !== undefined) return completed;
    reason = withFixedPaths(cargoError(end.stderr).split('\n', 1)[0] ?? '', session.workspace.paths).slice(
      0,
      500,
    );
    await session.log.note(`the published Cargo.lock is not usable, generating one: ${reason}`);
  } else {
    await session.log.note(`${reason ?? 'no Cargo.lock was published'}, generating one`);
  }
  await rm(join(session.workspace.hostBuildDir, crate.folder, 'Cargo.lock'), { force: true });
  const { host, olderRust } = options;
  const end = await cargoFetch(session, crate, { host, locked: false, olderRust });
  if (end.exitCode !== 0) throw session.failed(recogniseCargoFailure(end.stderr));
  return { origin: 'generated', reason, ...(await readLockfile(session, crate.folder)) };
}

/**
 * The first stage: sources and dependencies come onto this machine, each checked against its checksum. It has a
 * network and runs no code of the crate.
 *
 */
export async function fetchStage(
  session: JobSession,
  host: Target,
  wanted: WantedBuild,
): Promise<FetchedCrate> {
  const { job, workspace } = session;
  const crateFile = await fetchCrateFile(session);
  const directory = await unpack(session, crateFile);
  const folder = `${job.crate}-${job.version}`;
  const documents = await takeDocuments(directory, join(session.outputDir, 'documents'));
  const dependencyFeatures = wanted.features.filter((feature) => feature.includes('/'));
  await writeNeutralManifest(session, directory, dependencyFeatures);
  const configFile = 'cargo-config.toml';
  await writeFile(join(workspace.hostBuildDir, configFile), cargoConfig(job.registry.index));
  await mkdir(join(workspace.hostBuildDir, 'target'), { recursive: true });
  const published = await readFile(join(directory, 'Cargo.lock')).then(
    () => true,
    () => false,
  );
  const crate = {
    folder,
    manifestPath: `${workspace.paths.build}/${folder}/Cargo.toml`,
    configPath: `${workspace.paths.build}/${configFile}`,
  };
  const lockfile = await fetchDependencies(session, crate, {
    host,
    published,
    distrust: wanted.distrust,
    olderRust: wanted.olderRust,
    dependencyFeatures,
  });
  return { ...crate, lockfile, documents, sourceDate: await sourceDateOf(crateFile) };
}
