import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import type { DriverCapabilities, ExecutorDriver, StageCommand, Workspace } from '../../driver.ts';
import { removeTree } from '../../files.ts';
import type { DriverOptions } from '../../open-executor.ts';
import { workspaceHome } from '../../process-table.ts';
import { createWorkspaceFolder, removeLeftoverWorkspaces } from '../../workspace-folder.ts';
import { collectFile } from '../shared/collect-file.ts';
import { collectFileByPath } from './collect-file-by-path.ts';
import { commandEnvironment } from './command-environment.ts';
import { findToolchain, type HostToolchain } from './find-toolchain.ts';
import { killWorkspace } from './kill-workspace.ts';
import { runCommand } from './run-command.ts';

const CAPABILITIES: DriverCapabilities = {
  isolation: 'none',
  fixedPaths: false,
  networkIsolation: false,
  sharedFolder: true,
  separateUsers: false,
  enforces: new Set(),
};

class ProcessWorkspace implements Workspace {
  readonly paths;
  readonly hostBuildDir: string;
  readonly #folder: string;
  readonly #limits: BuildLimits;
  readonly #environmentOf: (command: StageCommand) => Record<string, string>;

  constructor(
    folder: string,
    cargoHome: string,
    limits: BuildLimits,
    environmentOf: (command: StageCommand) => Record<string, string>,
  ) {
    this.#folder = folder;
    this.#limits = limits;
    this.#environmentOf = environmentOf;
    this.hostBuildDir = join(folder, 'build');
    this.paths = { build: this.hostBuildDir, cargoHome };
  }

  async run(command: StageCommand) {
    return runCommand(command, {
      folder: this.#folder,
      limits: this.#limits,
      env: this.#environmentOf(command),
    });
  }

  async collect(file: string, destination: string, maxBytes: number) {
    const collect = process.platform === 'linux' ? collectFile : collectFileByPath;
    return collect(this.hostBuildDir, file, destination, maxBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killWorkspace(this.#folder);
    await removeTree(this.#folder);
  }
}

class ProcessDriver implements ExecutorDriver {
  readonly name = 'process';
  readonly capabilities = CAPABILITIES;
  readonly imageDigest = undefined;
  readonly #options: DriverOptions;
  readonly #toolchain: HostToolchain;
  readonly #dataDir: string;

  constructor(options: DriverOptions, toolchain: HostToolchain) {
    this.#options = options;
    this.#toolchain = toolchain;
    this.#dataDir = resolve(options.dataDir);
  }

  async open(options: { readonly id: string; readonly limits: BuildLimits }): Promise<Workspace> {
    const folder = await createWorkspaceFolder(this.#dataDir, options.id);
    const cargoHome = join(this.#dataDir, 'cargo');
    const [build, home, temporary] = [join(folder, 'build'), workspaceHome(folder), join(folder, 'tmp')];
    for (const dir of [build, home, temporary, cargoHome]) await mkdir(dir, { recursive: true });
    return new ProcessWorkspace(folder, cargoHome, options.limits, (command) =>
      commandEnvironment(command, {
        toolchain: this.#toolchain,
        home,
        temporary,
        caBundle: this.#options.caBundle,
        environment: this.#options.environment,
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Workspaces end themselves; the driver holds nothing more.
  }
}

/**
 * Opens the process executor: no isolation at all, limits looked after by polling. Removes what builders that are gone
 * left, processes included.
 *
 * @throws {SentenceError} `toolchain-missing`, exit code 3.
 */
export async function openProcessDriver(options: DriverOptions): Promise<ExecutorDriver> {
  const toolchain = await findToolchain(options.environment);
  await removeLeftoverWorkspaces(resolve(options.dataDir), async (folder) => killWorkspace(folder));
  return new ProcessDriver(options, toolchain);
}
