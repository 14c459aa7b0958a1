import { dirname } from 'node:path';
import { compilingTotalNote, failure, parseVersion, type Target } from '@buildsrs/common';
import { CARGO_ENVIRONMENT } from '../cargo-environment.ts';
import { readCargoMetadata, rootBinaries, type ResolvedGraph } from '../cargo-metadata.ts';
import { BadOutputError, JobFailedError } from '../errors.ts';
import type { JobSession } from '../job-session.ts';
import { recogniseCargoFailure, tooOldHint } from '../recognise/cargo-failure.ts';
import type { ToolchainFacts } from '../toolchain.ts';
import { featureArguments, type WantedBuild } from '../wanted-build.ts';
import type { FetchedCrate } from './fetch.ts';

const MAX_METADATA_BYTES = 256 * 1024 * 1024;

/** What will be compiled. */
export interface ResolvedCrate {
  readonly graph: ResolvedGraph;
  /** The programs to publish, sorted by name. */
  readonly bins: readonly string[];
  /** The folders below `CARGO_HOME` that registries were unpacked into. */
  readonly registryDirs: readonly string[];
}

async function cargoMetadata(
  session: JobSession,
  crate: FetchedCrate,
  options: { host: Target; wanted: WantedBuild },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const end = await session.command({
    argv: [
      'cargo',
      'metadata',
      '--format-version',
      '1',
      '--locked',
      '--offline',
      '--manifest-path',
      crate.manifestPath,
      '--config',
      crate.configPath,
      ...featureArguments(options.wanted),
      ...[...new Set([options.host, session.job.target])].flatMap((target) => ['--filter-platform', target]),
    ],
    env: CARGO_ENVIRONMENT,
    onStdout: (chunk) => {
      size += chunk.length;
      if (size > MAX_METADATA_BYTES)
        throw new BadOutputError('too-large', 'cargo metadata prints without end.');
      chunks.push(Uint8Array.from(chunk));
    },
  });
  if (end.exitCode !== 0) throw session.failed(recogniseCargoFailure(end.stderr));
  return Buffer.concat(chunks).toString('utf8');
}

function noBinaries(session: JobSession, graph: ResolvedGraph, wanted: WantedBuild): JobFailedError {
  const { crate, version } = session.job;
  const left = rootBinaries(graph).find((bin) => wanted.bins?.includes(bin.name) ?? true);
  const message =
    left === undefined
      ? wanted.bins === undefined
        ? `${crate} ${version} has no program: it is a library.`
        : `${crate} ${version} has no program named ${wanted.bins.join(' or ')}.`
      : `${crate} ${version} has no program that ${wanted.isDefault ? 'its default features build' : 'the features asked for build'}: ${left.name} needs ${left.missingFeatures.join(', ')}.`;
  return new JobFailedError(failure('no-binaries', message));
}

/** Numbers of `1.70`, `1.70.0`, `1.95.0-nightly`, comparable as arrays. */
function numbersOf(version: string): number[] {
  const parts = (version.split(/[-+]/, 1)[0] ?? '').split('.').map(Number);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

function isNewer(left: string, right: string): boolean {
  const [a, b] = [numbersOf(left), numbersOf(right)];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] as number) > (b[at] as number);
}

function checkRustVersion(graph: ResolvedGraph, toolchain: ToolchainFacts): void {
  for (const pkg of graph.packages.values()) {
    const wanted = pkg.rust_version;
    if (wanted === null || wanted === undefined || !isNewer(wanted, toolchain.rustc)) continue;
    const name = `${pkg.name} ${pkg.version}`;
    throw new JobFailedError(
      failure('toolchain-too-old', `${name} needs Rust ${wanted}; this builder has ${toolchain.rustc}.`, {
        hint: tooOldHint(wanted),
        ...(pkg.id === graph.root.id ? {} : { dependency: name }),
      }),
    );
  }
}

/** A lock file made anew that has what stood in the way before would only fail once more. */
function checkAvoided(graph: ResolvedGraph, { avoid }: WantedBuild): void {
  const names = [...graph.packages.values()].map((pkg) => `${pkg.name} ${pkg.version}`);
  if (avoid === undefined || !names.includes(avoid)) return;
  throw new JobFailedError(failure('dependency-error', `A generated Cargo.lock has ${avoid} too.`));
}

/** The second stage: what will be compiled, asked of cargo, without network. It still runs no code of the crate. */
export async function resolveStage(
  session: JobSession,
  crate: FetchedCrate,
  options: { readonly toolchain: ToolchainFacts; readonly wanted: WantedBuild },
): Promise<ResolvedCrate> {
  const { toolchain, wanted } = options;
  const graph = readCargoMetadata(await cargoMetadata(session, crate, { host: toolchain.host, wanted }));
  const bins = rootBinaries(graph)
    .filter((bin) => bin.missingFeatures.length === 0 && (wanted.bins?.includes(bin.name) ?? true))
    .map((bin) => bin.name)
    .toSorted();
  if (bins.length === 0) throw noBinaries(session, graph, wanted);
  checkAvoided(graph, wanted);
  checkRustVersion(graph, toolchain);
  parseVersion(graph.root.version);
  const registryDirs = [...graph.packages.values()]
    .filter(
      (pkg) => pkg.source?.startsWith('registry+') === true || pkg.source?.startsWith('sparse+') === true,
    )
    .map((pkg) => dirname(dirname(pkg.manifest_path)));
  await session.log.note(compilingTotalNote(graph.packages.size));
  return { graph, bins, registryDirs: [...new Set(registryDirs)].toSorted() };
}
