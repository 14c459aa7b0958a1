import { randomUUID } from 'node:crypto';
import { DEFAULT_LIMITS, parseTarget, SentenceError, type Target } from '@buildsrs/common';
import type { ExecutorDriver, StageCommand, Workspace } from './driver.ts';

/** What compiles in an executor; part of build info. */
export interface ToolchainFacts {
  /** `1.95.0`. */
  readonly rustc: string;
  /** The commit rustc names; `unknown` where a distribution leaves it out. */
  readonly commit: string;
  /** The target it compiles for unasked: what a builder offers when it is told nothing else. */
  readonly host: Target;
  readonly llvm: string;
  /** `1.95.0`. */
  readonly cargo: string;
}

/** A system package of what builds run in. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What builds run in. */
export interface ExecutorFacts {
  readonly toolchain: ToolchainFacts;
  /** The packages of the executor's image; `undefined` where there is none, or no dpkg. */
  readonly packages: readonly SystemPackage[] | undefined;
}

const ASK_TIMEOUT_MS = 60_000;

async function ask(workspace: Workspace, argv: StageCommand['argv']): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  const end = await workspace.run({
    argv,
    env: { CARGO_HOME: workspace.paths.cargoHome, LC_ALL: 'C.UTF-8' },
    cwd: '/',
    network: false,
    cargoHome: 'read-only',
    timeoutMs: ASK_TIMEOUT_MS,
    signal: new AbortController().signal,
    onOutput: (chunk, stream) => {
      if (stream === 'stdout') chunks.push(Uint8Array.from(chunk));
    },
  });
  return end.reason === 'exited' && end.exitCode === 0 ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function toolchainOf(rustc: string | undefined, cargo: string | undefined): ToolchainFacts {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.+)$`, 'm').exec(rustc ?? '')?.[1];
  const [release, host] = [field('release'), field('host')];
  const cargoRelease = /^cargo (\S+)/.exec(cargo ?? '')?.[1];
  if (release === undefined || host === undefined || cargoRelease === undefined) {
    throw new SentenceError(
      'toolchain-missing',
      'The executor has no working Rust toolchain: rustc or cargo does not say its version. ' +
        'Install Rust on this machine, or make the toolchain image anew.',
      { exitCode: 3 },
    );
  }
  return {
    rustc: release,
    commit: field('commit-hash') ?? 'unknown',
    host: parseTarget(host),
    llvm: field('LLVM version') ?? 'unknown',
    cargo: cargoRelease,
  };
}

function packagesOf(listing: string): SystemPackage[] {
  return listing
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((parts): parts is [string, string, string] => parts.length === 3)
    .map(([name, version, architecture]) => ({ name, version, architecture }));
}

async function askAll(driver: ExecutorDriver): Promise<ExecutorFacts> {
  await using workspace = await driver.open({ id: randomUUID(), limits: DEFAULT_LIMITS });
  const toolchain = toolchainOf(
    await ask(workspace, ['rustc', '-vV']),
    await ask(workspace, ['cargo', '-V']),
  );
  // A host's packages say nothing a rebuild could repeat; an image's do.
  const listing =
    driver.imageDigest === undefined
      ? undefined
      : await ask(workspace, ['dpkg-query', '-W', '-f', '${Package}\t${Version}\t${Architecture}\n']);
  return { toolchain, packages: listing === undefined ? undefined : packagesOf(listing) };
}

const known = new WeakMap<ExecutorDriver, Promise<ExecutorFacts>>();

/** Asks once per driver, as what a driver runs builds in never changes; a failed attempt is forgotten. */
export async function readExecutorFacts(driver: ExecutorDriver): Promise<ExecutorFacts> {
  const facts = known.get(driver) ?? askAll(driver);
  known.set(driver, facts);
  facts.catch(() => known.delete(driver));
  return facts;
}

/**
 * Asks the toolchain of an executor what it is. Asked once per driver.
 *
 * @throws {SentenceError} `toolchain-missing`, exit code 3.
 */
export async function readToolchain(driver: ExecutorDriver): Promise<ToolchainFacts> {
  return (await readExecutorFacts(driver)).toolchain;
}
