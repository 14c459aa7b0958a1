import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuildLimits } from '@buildsrs/common';
import { CommandWatch } from '../../command-watch.ts';
import type { CommandEnd, ExecutorDriver, StageCommand, Workspace } from '../../driver.ts';
import { BadOutputError, ExecutorError } from '../../errors.ts';
import { removeTree } from '../../files.ts';
import { createOwnedFolder } from '../../owned-folder.ts';
import type { BuildUser, BuildUsers } from '../shared/build-users.ts';
import { BuildCgroup, type CgroupTrees } from '../shared/cgroup.ts';
import { endOfExitCode } from '../shared/command-end.ts';
import { forwardOutput } from '../shared/forward-output.ts';
import { guestEnvironment, temporaryBytes } from '../shared/guest-environment.ts';
import { BUILD_PATH, CARGO_PATH } from '../shared/guest-paths.ts';
import { ownerToken } from '../shared/owner.ts';
import { fillDisk, makeSparse } from './build-image.ts';
import type { CargoImage } from './cargo-image.ts';
import type { MachineJob } from './machine-job.ts';
import { machineBytes, runMachine, type MachineHost, type MachineSpec } from './run-machine.ts';

/** What a VM driver has for all its workspaces. */
export interface VmHost extends MachineHost {
  readonly dataDir: string;
  /** What has a network runs nothing of a crate, and runs here. */
  readonly fetcher: ExecutorDriver;
  readonly cargo: CargoImage;
  readonly users: BuildUsers;
  readonly cgroups: CgroupTrees | undefined;
}

/** Where the files of machines are, one folder a build. */
export function machinesDir(dataDir: string): string {
  return join(dataDir, 'machines');
}

const IMAGE_PATH = '/usr/local/bin:/usr/bin:/bin';
/** Threads of QEMU: processors, main loop, and a pool that writes to disks. */
const QEMU_TASKS = 256;
/** What QEMU itself takes besides the machine's memory: 190 MB were seen, with emulation (research/vm.md §4). */
const QEMU_BYTES = 512 * 1024 ** 2;
const CANCELLED: CommandEnd = { reason: 'cancelled', exitCode: null, signal: null };

interface WorkspaceParts {
  readonly fetching: Workspace;
  /** A folder of this build for the files of its machines; closed to others. */
  readonly folder: string;
  readonly user: BuildUser;
  readonly cgroup: BuildCgroup | undefined;
  readonly undo: AsyncDisposableStack;
}

class VmWorkspace implements Workspace {
  readonly paths = { build: BUILD_PATH, cargoHome: CARGO_PATH };
  readonly hostBuildDir: string;
  readonly #host: VmHost;
  readonly #limits: BuildLimits;
  readonly #parts: WorkspaceParts;
  readonly #disk: string;
  /** Once a machine has it, the build's disk is the only truth, and the host's folder is what fetch left. */
  #handedOver = false;
  #running = 0;

  constructor(host: VmHost, limits: BuildLimits, parts: WorkspaceParts) {
    this.#host = host;
    this.#limits = limits;
    this.#parts = parts;
    this.#disk = join(parts.folder, 'build.img');
    this.hostBuildDir = parts.fetching.hostBuildDir;
  }

  async run(command: StageCommand): Promise<CommandEnd> {
    this.#running += 1;
    try {
      if (!command.network) return await this.#inMachine(command);
      const fetch = async (): Promise<CommandEnd> => this.#parts.fetching.run(command);
      return command.cargoHome === 'writable' ? await this.#host.cargo.whileFetching(fetch) : await fetch();
    } finally {
      this.#running -= 1;
    }
  }

  async collect(file: string, destination: string, maxBytes: number) {
    if (this.#running > 0)
      throw new ExecutorError('Nothing is taken out of a build while a command of it runs.');
    if (!this.#handedOver) return this.#parts.fetching.collect(file, destination, maxBytes);
    return this.#take(file, destination, maxBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.undo.disposeAsync();
  }

  async #inMachine(command: StageCommand): Promise<CommandEnd> {
    if (command.signal.aborted) return CANCELLED;
    await using cargo = await this.#host.cargo.use();
    const give = !this.#handedOver;
    if (give) {
      await makeSparse(this.#disk, this.#limits.diskBytes, this.#parts.user);
      await fillDisk(this.#disk, this.hostBuildDir);
      this.#handedOver = true;
    }
    const { memoryBytes, processes } = this.#limits;
    const spec = this.#spec(
      {
        mode: 'run',
        give,
        memoryBytes,
        processes,
        temporaryBytes: temporaryBytes(memoryBytes),
        cwd: command.cwd,
        env: guestEnvironment(command, { path: IMAGE_PATH, hasCaBundle: false, environment: {} }),
        argv: command.argv,
      },
      { cargo: cargo.path },
    );
    let watch: CommandWatch | undefined;
    using guards = new DisposableStack();
    const { report, complaint } = await runMachine(this.#host, spec, command.signal, async (machine) => {
      watch = guards.use(new CommandWatch(command, machine.kill));
      await forwardOutput(machine, command, watch);
    });
    if (watch?.reason !== undefined) return { reason: watch.reason, exitCode: null, signal: 'SIGKILL' };
    if (command.signal.aborted) return CANCELLED;
    if (report?.kind !== 'ended') throw new ExecutorError(`A machine broke down: ${complaint}`);
    return { reason: report.hit ?? 'exited', ...endOfExitCode(report.exitCode) };
  }

  /** In a machine of its own, as the disk is a stranger's: what comes out is the bytes of one regular file. */
  async #take(file: string, destination: string, maxBytes: number) {
    const components = file.split('/');
    if (components.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
      throw new BadOutputError('irregular', `"${file}" is not a path below the build's folder.`);
    const out = join(this.#parts.folder, 'out.img');
    await makeSparse(out, maxBytes, this.#parts.user);
    try {
      const spec = this.#spec({ mode: 'take', mostBytes: maxBytes, components }, { out });
      const { report, complaint } = await runMachine(this.#host, spec);
      if (report?.kind === 'refused') throw refusal(report.reason, file, maxBytes);
      if (report?.kind !== 'file' || report.size > maxBytes)
        throw new ExecutorError(`A file could not be taken out of a machine: ${complaint}`);
      const { size, executable } = report;
      const target = createWriteStream(destination, { flags: 'wx', mode: 0o600 });
      // `end` is inclusive, so that nothing at all has to be asked for otherwise.
      if (size === 0) await pipeline([], target);
      else await pipeline(createReadStream(out, { end: size - 1 }), target);
      return { size, executable };
    } finally {
      await rm(out, { force: true });
    }
  }

  #spec(job: MachineJob, files: { readonly cargo?: string; readonly out?: string }): MachineSpec {
    const { folder, user, cgroup } = this.#parts;
    const { cargo, out } = files;
    return {
      job,
      memoryBytes: machineBytes(this.#limits.memoryBytes),
      processors: Math.max(1, Math.ceil(this.#limits.cpus)),
      files: [
        ...(cargo === undefined ? [] : [{ name: 'cargo' as const, path: cargo, writable: false }]),
        { name: 'build', path: this.#disk, writable: out === undefined },
        ...(out === undefined ? [] : [{ name: 'out' as const, path: out, writable: true }]),
      ],
      jobFile: join(folder, 'job.img'),
      user: this.#host.users.separate ? user : undefined,
      cgroupEntries: cgroup?.entries ?? [],
    };
  }
}

function refusal(
  reason: 'irregular' | 'missing' | 'too-large',
  file: string,
  maxBytes: number,
): BadOutputError {
  const sentences: Record<typeof reason, string> = {
    irregular: `"${file}" is a link, or no regular file.`,
    missing: `The build left no file "${file}".`,
    'too-large': `"${file}" is larger than the ${maxBytes} bytes it may have.`,
  };
  return new BadOutputError(reason, sentences[reason]);
}

/** Makes the place of one build. Whatever fails, what was made before is undone. */
export async function openVmWorkspace(
  host: VmHost,
  options: { readonly id: string; readonly limits: BuildLimits },
): Promise<Workspace> {
  await using making = new AsyncDisposableStack();
  const fetching = making.use(await host.fetcher.open(options));
  const folder = await createOwnedFolder(machinesDir(host.dataDir), options.id);
  making.defer(async () => removeTree(folder));
  const user = making.use(await host.users.acquire());
  const { cgroups } = host;
  const limits = {
    ...options.limits,
    memoryBytes: machineBytes(options.limits.memoryBytes) + QEMU_BYTES,
    processes: QEMU_TASKS,
  };
  const name = `${ownerToken()}.${options.id}`;
  const cgroup = cgroups && making.use(await BuildCgroup.create(cgroups, name, limits));
  return new VmWorkspace(host, options.limits, { fetching, folder, user, cgroup, undo: making.move() });
}
