import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import type { DriverCapabilities, ExecutorDriver } from '../../driver.ts';
import { removeTree } from '../../files.ts';
import { unusableError } from '../../probe.ts';
import { removeLeftoverWorkspaces } from '../../workspace-folder.ts';
import type { HostToolchain } from '../process/find-toolchain.ts';
import { removeLeftoverDisks } from '../shared/build-disk.ts';
import { prepareCargoHome } from '../shared/cargo-home.ts';
import { removeLeftoverCgroups } from '../shared/cgroup.ts';
import { proveItRuns } from '../shared/self-test.ts';
import { TOOLCHAIN_PATH } from '../shared/guest-paths.ts';
import { isOwnerAlive, ownerToken } from '../shared/owner.ts';
import { writeEtcFiles } from './etc-files.ts';
import type { SandboxOptions } from './sandbox-options.ts';
import { probeSandbox, systemOf, type SandboxFindings } from './probe-sandbox.ts';
import { openSandboxWorkspace, type SandboxHost } from './sandbox-workspace.ts';
import { seccompFilter } from './seccomp-filter.ts';

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';
let drivers = 0;

/** Where the toolchain is inside: mounted, unless it is part of the system that is mounted anyway. */
async function placeToolchain({
  binDir,
  sysroot,
}: HostToolchain): Promise<Pick<SandboxHost, 'toolchain' | 'path'>> {
  const [bin, root] = [await realpath(binDir), await realpath(sysroot)];
  const below = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  if (below(bin, '/usr')) return { toolchain: undefined, path: `${bin}:${SYSTEM_PATH}` };
  if (below(bin, root))
    return { toolchain: root, path: `${join(TOOLCHAIN_PATH, relative(root, bin))}:${SYSTEM_PATH}` };
  throw new SentenceError(
    'toolchain-missing',
    `cargo in ${bin} is neither below /usr nor part of the toolchain in ${root}, so a sandbox cannot have it. ` +
      'Install a complete toolchain from https://rustup.rs or your distribution.',
    { exitCode: 3 },
  );
}

async function makeRuntimeDir(dataDir: string): Promise<string> {
  drivers += 1;
  const parent = process.getuid?.() === 0 ? '/run/buildsrs' : join(dataDir, 'run');
  const dir = join(parent, `${ownerToken()}.${drivers}`);
  await mkdir(dir, { recursive: true });
  // Whatever our umask says: build users have to get at what is mounted there, and can write nothing.
  for (const path of [parent, dir]) await chmod(path, 0o755);
  for (const name of await readdir(parent)) {
    if (name.startsWith('p') && !isOwnerAlive(name.split('.')[0] ?? '')) await removeTree(join(parent, name));
  }
  return dir;
}

function capabilitiesOf({ users, cgroups, loopDisks }: SandboxFindings): DriverCapabilities {
  return {
    isolation: 'sandbox',
    fixedPaths: true,
    networkIsolation: true,
    enforces: new Set([
      ...(cgroups === undefined ? [] : (['memory', 'processes', 'cpus'] as const)),
      ...(loopDisks ? (['disk'] as const) : []),
    ]),
    sharedFolder: true,
    separateUsers: users.separate,
  };
}

/**
 * Opens the sandbox executor: bubblewrap, without ever running a crate's code as root on the host. Removes what builders
 * that are gone left.
 *
 * @throws {SentenceError} exit code 3, when a layer it cannot do without is missing.
 */
export async function openSandboxDriver(options: SandboxOptions): Promise<ExecutorDriver> {
  const dataDir = resolve(options.dataDir);
  const findings = await probeSandbox({ ...options, dataDir });
  const { probe, users, toolchain, syscalls, cgroups, loopDisks } = findings;
  if (!probe.usable || toolchain === undefined || syscalls === undefined) throw unusableError(probe);
  const placed = await placeToolchain(toolchain);
  const cargoHome = join(dataDir, 'cargo');
  await prepareCargoHome(cargoHome, users.fetcher);
  if (cgroups !== undefined) await removeLeftoverCgroups(cgroups);
  if (loopDisks) await removeLeftoverDisks();
  await removeLeftoverWorkspaces(dataDir);
  const runtimeDir = await makeRuntimeDir(dataDir);
  await writeEtcFiles(join(runtimeDir, 'etc'));
  const host: SandboxHost = {
    dataDir,
    runtimeDir,
    cargoHome,
    system: systemOf(options),
    users,
    cgroups,
    loopDisks,
    ...placed,
    caBundle: options.caBundle,
    environment: options.environment,
    filter: seccompFilter(syscalls),
  };
  const driver: ExecutorDriver = {
    name: 'sandbox',
    capabilities: capabilitiesOf(findings),
    imageDigest: undefined,
    open: async (build) => openSandboxWorkspace(host, build),
    [Symbol.asyncDispose]: async () => removeTree(runtimeDir),
  };
  try {
    await proveItRuns(
      driver,
      'Each of its layers is there, so the system may forbid mounts: see its audit log.',
    );
  } catch (error) {
    await driver[Symbol.asyncDispose]();
    throw error;
  }
  return driver;
}
