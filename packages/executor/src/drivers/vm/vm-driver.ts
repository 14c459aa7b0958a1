import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutorDriver } from '../../driver.ts';
import { createOwnedFolder, removeLeftoverFolders } from '../../owned-folder.ts';
import { removeTree } from '../../files.ts';
import { unusableError } from '../../probe.ts';
import { openDockerDriver } from '../docker/index.ts';
import { removeLeftoverCgroups } from '../shared/cgroup.ts';
import { ownerToken } from '../shared/owner.ts';
import { CargoImage } from './cargo-image.ts';
import { probeVm } from './probe-vm.ts';
import type { VmOptions } from './vm-options.ts';
import { machinesDir, openVmWorkspace, type VmHost } from './vm-workspace.ts';

let drivers = 0;

/**
 * Opens the VM executor: a throw-away machine for every command that may run a crate's code. Fetching, which runs none,
 * is the Docker executor's, in the image the machines' root file system was made from: one cargo makes the lock file and
 * reads it.
 *
 * @throws {SentenceError} exit code 3, when a layer it cannot do without is missing; a machine that was not seen to start
 *   is one.
 */
export async function openVmDriver(options: VmOptions): Promise<ExecutorDriver> {
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const { probe, accelerator, images, users, cgroups } = await probeVm({ ...options, dataDir });
  if (!probe.usable || images === undefined) throw unusableError(probe);
  if (cgroups !== undefined) await removeLeftoverCgroups(cgroups);
  await removeLeftoverFolders(machinesDir(dataDir));
  const fetcher = await openDockerDriver({
    ...options,
    dataDir,
    docker: { image: images.toolchain },
  });
  drivers += 1;
  const folder = await createOwnedFolder(machinesDir(dataDir), `images-${ownerToken()}.${drivers}`);
  const host: VmHost = {
    dataDir,
    images,
    accelerator,
    users,
    cgroups,
    fetcher,
    cargo: new CargoImage(images, join(dataDir, 'cargo'), folder),
  };
  return {
    name: 'vm',
    capabilities: {
      isolation: 'vm',
      fixedPaths: true,
      networkIsolation: true,
      separateUsers: users.separate,
      sharedFolder: false,
      enforces: new Set(['memory', 'processes', 'cpus', 'disk']),
    },
    imageDigest: images.digest,
    open: async (build) => openVmWorkspace(host, build),
    [Symbol.asyncDispose]: async () => {
      await removeTree(folder);
      await fetcher[Symbol.asyncDispose]();
    },
  };
}
