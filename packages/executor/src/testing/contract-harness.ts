import { mkdir, mkdtemp, readFile, readdir, rm, writeFile, copyFile, chmod } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS, SentenceError, type BuildLimits } from '@buildsrs/common';
import type { CommandEnd, ExecutorDriver, StageCommand, Workspace } from '../driver.ts';
import type { ExecutorOptions } from '../open-executor.ts';
import { PROBE_SOURCE } from './contract-probe-program.ts';

/** How the contract opens an executor. */
export interface ContractSubject {
  /** What a program of its own opens the same executor with. */
  readonly options: Pick<ExecutorOptions, 'executor' | 'docker' | 'vm'>;
  /** How many times longer everything may take than in a sandbox; 1 without. */
  readonly slowness?: number;
  /**
   * The name of the data folder: by default one with all that a shell, a mount table or an argument list could trip over.
   * Where builds see the host's paths, it has to be one that compilers and linkers can take.
   */
  readonly folder?: string;
  /** @throws {SentenceError} where this machine lacks something. */
  open(options: {
    readonly dataDir: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  }): Promise<ExecutorDriver>;
  /** What only this executor leaves on a machine, by name; empty when it left nothing. */
  traces?(dataDir: string): Promise<string[]>;
}

/** What a command printed, and how it ended. */
export interface Ran {
  readonly end: CommandEnd;
  readonly stdout: string;
  readonly stderr: string;
}

const MIB = 1024 ** 2;
/** Small, so that reaching them is quick and harms nobody when they do not hold. */
export const TRIAL_LIMITS: BuildLimits = {
  ...DEFAULT_LIMITS,
  memoryBytes: 512 * MIB,
  diskBytes: 256 * MIB,
  processes: 128,
};
/** For what is expected to end by itself. */
export const GENEROUS_MS = 300_000;

/** An executor under test with a data folder of its own. */
export class ContractBench implements AsyncDisposable {
  readonly driver: ExecutorDriver;
  readonly dataDir: string;
  readonly subject: ContractSubject;
  readonly #base: string;
  #probe: Promise<string> | undefined;

  private constructor(subject: ContractSubject, driver: ExecutorDriver, base: string) {
    this.subject = subject;
    this.driver = driver;
    this.#base = base;
    this.dataDir = dataDirBelow(base, subject);
  }

  /** Opens it, with a planted variable in its environment; a sentence where this machine lacks something. */
  static async open(subject: ContractSubject, canary: string): Promise<ContractBench | string> {
    const base = await mkdtemp(join(tmpdir(), 'buildsrs-contract-'));
    try {
      const environment = { ...process.env, BUILDSRS_CANARY: canary };
      await mkdir(dataDirBelow(base, subject), { recursive: true });
      const driver = await subject.open({ dataDir: dataDirBelow(base, subject), environment });
      return new ContractBench(subject, driver, base);
    } catch (error) {
      await rm(base, { recursive: true, force: true });
      if (SentenceError.is(error)) return error.message;
      throw error;
    }
  }

  /** A workspace that is disposed of at the end of the test. */
  async workspace(limits: Partial<BuildLimits> = {}): Promise<Trial> {
    const id = randomUUID();
    return new Trial(await this.driver.open({ id, limits: { ...TRIAL_LIMITS, ...limits } }), id);
  }

  /** A workspace with the probe program in it, as `./probe`. */
  async workspaceWithProbe(limits: Partial<BuildLimits> = {}): Promise<Trial> {
    const trial = await this.workspace(limits);
    try {
      const target = join(trial.workspace.hostBuildDir, 'probe');
      await copyFile(await this.#probeFile(), target);
      await chmod(target, 0o755);
      return trial;
    } catch (error) {
      await trial[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A place on the host that is no business of any build. */
  hostPath(name: string): string {
    return join(this.#base, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver[Symbol.asyncDispose]();
    await rm(this.#base, { recursive: true, force: true });
  }

  async #probeFile(): Promise<string> {
    this.#probe ??= this.#compileProbe();
    return this.#probe;
  }

  async #compileProbe(): Promise<string> {
    await using trial = await this.workspace({ memoryBytes: 2048 * MIB });
    await writeFile(join(trial.workspace.hostBuildDir, 'probe.rs'), PROBE_SOURCE);
    const { end, stderr } = await trial.command(['rustc', '--edition=2021', '-o', 'probe', 'probe.rs']);
    if (end.exitCode !== 0) throw new Error(`the probe program does not compile: ${stderr}`);
    const file = this.hostPath('probe');
    await trial.workspace.collect('probe', file, 64 * MIB);
    return file;
  }
}

function dataDirBelow(base: string, { folder }: ContractSubject): string {
  return join(base, folder ?? `odd '"$(true)\\;* ü,=#%`);
}

/** One workspace and short ways to run something in it. */
export class Trial implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly id: string;

  constructor(workspace: Workspace, id: string) {
    this.workspace = workspace;
    this.id = id;
  }

  /** Runs a shell script. */
  async sh(script: string, changes: Partial<StageCommand> = {}): Promise<Ran> {
    return this.command(['sh', '-c', script], changes);
  }

  async command(argv: StageCommand['argv'], changes: Partial<StageCommand> = {}): Promise<Ran> {
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    const end = await this.workspace.run({
      argv,
      env: {},
      cwd: this.workspace.paths.build,
      network: false,
      cargoHome: 'read-only',
      timeoutMs: GENEROUS_MS,
      signal: new AbortController().signal,
      onOutput: (chunk, stream) => void chunks[stream].push(Buffer.from(chunk)),
      ...changes,
    });
    const text = (stream: 'stdout' | 'stderr'): string => Buffer.concat(chunks[stream]).toString();
    return { end, stdout: text('stdout'), stderr: text('stderr') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workspace[Symbol.asyncDispose]();
  }
}

/** The processes of this machine with a text in their command line: found in whatever namespace they are. */
export async function processesWith(token: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(token)) found.push(Number(name));
  }
  return found;
}
