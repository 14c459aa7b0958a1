import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import type { StageCommand, Workspace } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { openBuildPlace, type BuildPlace } from '../shared/build-place.ts';
import type { BuildUsers } from '../shared/build-users.ts';
import { BuildCgroup, type CgroupTrees } from '../shared/cgroup.ts';
import { collectFile } from '../shared/collect-file.ts';
import { guestEnvironment, temporaryBytes } from '../shared/guest-environment.ts';
import { BUILD_PATH, CARGO_PATH } from '../shared/guest-paths.ts';
import { LimitWatch, treeEvents } from '../shared/limit-watch.ts';
import { ownerToken } from '../shared/owner.ts';
import { bwrapArgs, type SandboxSources } from './bwrap-args.ts';
import { launchArgv, stagedSources } from './launch.ts';
import { runInSandbox } from './run-in-sandbox.ts';

/** What a sandbox driver has for all its workspaces. */
export interface SandboxHost {
  readonly dataDir: string;
  /** Generated `/etc` files and stages; below a folder every user can reach. */
  readonly runtimeDir: string;
  readonly cargoHome: string;
  /** The root of the system builds see. */
  readonly system: string;
  /** `undefined`: the toolchain is below `/usr`. */
  readonly toolchain: string | undefined;
  /** `PATH` inside. */
  readonly path: string;
  readonly caBundle: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly filter: Buffer;
  readonly users: BuildUsers;
  readonly cgroups: CgroupTrees | undefined;
  readonly loopDisks: boolean;
}

interface WorkspaceParts {
  readonly place: BuildPlace;
  readonly cgroup: BuildCgroup | undefined;
  /** An empty folder, where a command's mounts are made in a namespace of its own. */
  readonly stage: string;
  /** Undoes all of it, last made first. */
  readonly undo: AsyncDisposableStack;
}

class SandboxWorkspace implements Workspace {
  readonly paths = { build: BUILD_PATH, cargoHome: CARGO_PATH };
  readonly hostBuildDir: string;
  readonly #host: SandboxHost;
  readonly #limits: BuildLimits;
  readonly #parts: WorkspaceParts;
  #running = 0;

  constructor(host: SandboxHost, limits: BuildLimits, parts: WorkspaceParts) {
    this.#host = host;
    this.#limits = limits;
    this.#parts = parts;
    this.hostBuildDir = parts.place.disk.dir;
  }

  async run(command: StageCommand) {
    this.#running += 1;
    try {
      return await this.#run(command);
    } finally {
      this.#running -= 1;
    }
  }

  async collect(file: string, destination: string, maxBytes: number) {
    if (this.#running > 0)
      throw new ExecutorError('Nothing is taken out of a build while a command of it runs.');
    const { size, executable } = await collectFile(this.hostBuildDir, file, destination, maxBytes);
    return { size, executable };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.undo.disposeAsync();
  }

  async #run(command: StageCommand) {
    const { users, cargoHome, system, toolchain, caBundle, environment, path, runtimeDir } = this.#host;
    const { place, cgroup, stage } = this.#parts;
    const { disk } = place;
    const user = await place.prepareFor(command.cargoHome);
    const sources: SandboxSources = {
      build: disk.dir,
      cargo: cargoHome,
      system,
      toolchain,
      caBundle,
      etc: join(runtimeDir, 'etc'),
    };
    const bwrap = bwrapArgs(command, {
      sources: users.separate ? stagedSources(sources, stage) : sources,
      environment: guestEnvironment(command, { path, hasCaBundle: caBundle !== undefined, environment }),
      temporaryBytes: temporaryBytes(this.#limits.memoryBytes),
    });
    const argv = launchArgv(bwrap, {
      sources,
      limits: this.#limits,
      cgroupEntries: cgroup?.entries ?? [],
      ...(users.separate ? { asRoot: { stage, uid: user.uid, gid: user.gid } } : {}),
    });
    return runInSandbox(command, {
      argv,
      filter: this.#host.filter,
      watchLimits: async (leader, stop) =>
        LimitWatch.start(cgroup ? async () => cgroup.events() : treeEvents(leader, this.#limits), disk, stop),
    });
  }
}

/** Makes the place of one build. Whatever fails, what was made before is undone. */
export async function openSandboxWorkspace(
  host: SandboxHost,
  options: { readonly id: string; readonly limits: BuildLimits },
): Promise<Workspace> {
  const place = await openBuildPlace(host, options);
  await using making = place.undo.move();
  const stage = join(host.runtimeDir, `stage-${options.id}`);
  await mkdir(stage, { mode: 0o755 });
  making.defer(async () => rmdir(stage));
  const name = `${ownerToken()}.${options.id}`;
  const { cgroups } = host;
  const cgroup = cgroups && making.use(await BuildCgroup.create(cgroups, name, options.limits));
  return new SandboxWorkspace(host, options.limits, { place, cgroup, stage, undo: making.move() });
}
