import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import type { StageCommand, Workspace } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { removeTree } from '../../files.ts';
import { createWorkspaceFolder } from '../../workspace-folder.ts';
import { openFolderDisk, openLoopDisk, type BuildDisk } from '../shared/build-disk.ts';
import type { BuildUser, BuildUsers } from '../shared/build-users.ts';
import { giveTree } from '../shared/cargo-home.ts';
import { BuildCgroup, type CgroupTrees } from '../shared/cgroup.ts';
import { collectFile } from '../shared/collect-file.ts';
import { guestEnvironment, temporaryBytes } from '../shared/guest-environment.ts';
import { BUILD_PATH, CARGO_PATH } from '../shared/guest-paths.ts';
import { LimitWatch } from '../shared/limit-watch.ts';
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

const NO_EVENTS = { oomKills: 0, refusedForks: 0 };

class SandboxWorkspace implements Workspace {
  readonly paths = { build: BUILD_PATH, cargoHome: CARGO_PATH };
  readonly hostBuildDir: string;
  readonly #host: SandboxHost;
  readonly #limits: BuildLimits;
  readonly #parts: WorkspaceParts;
  #owner: number | undefined;
  #running = 0;

  constructor(host: SandboxHost, limits: BuildLimits, parts: WorkspaceParts) {
    this.#host = host;
    this.#limits = limits;
    this.#parts = parts;
    this.hostBuildDir = parts.disk.dir;
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
    await this.#parts.stack.disposeAsync();
  }

  async #run(command: StageCommand) {
    const { users, cargoHome, toolchain, caBundle, environment, path, runtimeDir } = this.#host;
    const { disk, cgroup, stage } = this.#parts;
    // What fills the shared cache runs nothing of a crate and is one user for all builds; so that cargo can write both.
    const user = command.cargoHome === 'writable' ? users.fetcher : this.#parts.user;
    if (this.#owner !== user.uid) await giveTree(disk.dir, user);
    this.#owner = user.uid;
    const sources: SandboxSources = {
      build: disk.dir,
      cargo: cargoHome,
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
      watchLimits: async (stop) => LimitWatch.start(async () => cgroup?.events() ?? NO_EVENTS, disk, stop),
    });
  }
}

interface WorkspaceParts {
  readonly user: BuildUser;
  readonly disk: BuildDisk;
  readonly cgroup: BuildCgroup | undefined;
  readonly stage: string;
  /** Undoes all of it, last made first. */
  readonly stack: AsyncDisposableStack;
}

/** Makes the place of one build: folder, user, disk, control group. Whatever fails, what was made before is undone. */
export async function openSandboxWorkspace(
  host: SandboxHost,
  options: { readonly id: string; readonly limits: BuildLimits },
): Promise<Workspace> {
  await using making = new AsyncDisposableStack();
  const folder = await createWorkspaceFolder(host.dataDir, options.id);
  making.defer(async () => removeTree(folder));
  const user = making.use(await host.users.acquire());
  const disk = making.use(
    host.loopDisks
      ? await openLoopDisk({
          id: options.id,
          image: join(folder, 'disk.img'),
          bytes: options.limits.diskBytes,
          user,
        })
      : await openFolderDisk(join(folder, 'build'), options.limits.diskBytes),
  );
  const stage = join(host.runtimeDir, `stage-${options.id}`);
  await mkdir(stage, { mode: 0o755 });
  making.defer(async () => rmdir(stage));
  const cgroup =
    host.cgroups === undefined
      ? undefined
      : making.use(await BuildCgroup.create(host.cgroups, `${ownerToken()}.${options.id}`, options.limits));
  return new SandboxWorkspace(host, options.limits, { user, disk, cgroup, stage, stack: making.move() });
}
