import type Docker from 'dockerode';
import type { BuildLimits, Isolation } from '@buildsrs/common';
import type { StageCommand, Workspace } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import { openBuildPlace, type BuildPlace } from '../shared/build-place.ts';
import type { BuildUsers } from '../shared/build-users.ts';
import type { CgroupTrees } from '../shared/cgroup.ts';
import { collectFile } from '../shared/collect-file.ts';
import { guestEnvironment } from '../shared/guest-environment.ts';
import { BUILD_PATH, CARGO_PATH } from '../shared/guest-paths.ts';
import { BUILD_LABEL, type DATA_LABEL, type OWNER_LABEL } from './container-config.ts';
import { runInContainer } from './run-in-container.ts';

/** What a Docker driver has for all its workspaces. */
export interface DockerHost {
  readonly docker: Docker;
  readonly dataDir: string;
  readonly cargoHome: string;
  readonly image: string;
  readonly runtime: string | undefined;
  readonly isolation: Isolation;
  /** Of commands with network. */
  readonly networkRuntime: string | undefined;
  readonly caBundle: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly seccomp: string;
  readonly users: BuildUsers;
  /** The engine's user namespace maps root inside to its own unprivileged user. */
  readonly rootless: boolean;
  readonly loopDisks: boolean;
  /** Only to read the counters of containers. */
  readonly cgroups: CgroupTrees | undefined;
  /** {@link DATA_LABEL} and {@link OWNER_LABEL}. */
  readonly labels: Readonly<Record<typeof DATA_LABEL | typeof OWNER_LABEL, string>>;
}

const IMAGE_PATH = '/usr/local/bin:/usr/bin:/bin';
const ROOT_INSIDE = { uid: 0, gid: 0 };

class DockerWorkspace implements Workspace {
  readonly paths = { build: BUILD_PATH, cargoHome: CARGO_PATH };
  readonly hostBuildDir: string;
  readonly #host: DockerHost;
  readonly #id: string;
  readonly #limits: BuildLimits;
  readonly #place: BuildPlace;
  #running = 0;

  constructor(
    host: DockerHost,
    options: { readonly id: string; readonly limits: BuildLimits },
    place: BuildPlace,
  ) {
    this.#host = host;
    this.#id = options.id;
    this.#limits = options.limits;
    this.#place = place;
    this.hostBuildDir = place.disk.dir;
  }

  async run(command: StageCommand) {
    this.#running += 1;
    try {
      return await this.#run(command);
    } catch (error) {
      // What the engine says in an HTTP answer.
      if ((error as { statusCode?: number }).statusCode === undefined) throw error;
      throw new ExecutorError(`Docker could not run a command: ${(error as Error).message.trim()}`, {
        cause: error,
      });
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
    await this.#place.undo.disposeAsync();
  }

  async #run(command: StageCommand) {
    const { docker, rootless, caBundle, environment, cargoHome, image, seccomp, cgroups } = this.#host;
    const runtime = command.network ? this.#host.networkRuntime : this.#host.runtime;
    const { disk } = this.#place;
    const user = await this.#place.prepareFor(command.cargoHome);
    const hasCaBundle = caBundle !== undefined;
    return runInContainer(docker, command, {
      image,
      runtime,
      isolation: command.network ? 'container' : this.#host.isolation,
      cargoHome,
      caBundle,
      seccomp,
      cgroups,
      disk,
      user: rootless ? ROOT_INSIDE : user,
      buildDir: disk.dir,
      environment: guestEnvironment(command, { path: IMAGE_PATH, hasCaBundle, environment }),
      limits: this.#limits,
      labels: { ...this.#host.labels, [BUILD_LABEL]: this.#id },
    });
  }
}

/** Makes the place of one build. */
export async function openDockerWorkspace(
  host: DockerHost,
  options: { readonly id: string; readonly limits: BuildLimits },
): Promise<Workspace> {
  return new DockerWorkspace(host, options, await openBuildPlace(host, options));
}
