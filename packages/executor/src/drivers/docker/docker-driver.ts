import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type Docker from 'dockerode';
import type { DriverCapabilities, ExecutorDriver } from '../../driver.ts';
import { unusableError } from '../../probe.ts';
import { removeLeftoverWorkspaces } from '../../workspace-folder.ts';
import { removeLeftoverDisks } from '../shared/build-disk.ts';
import { prepareCargoHome } from '../shared/cargo-home.ts';
import { findCgroupTrees } from '../shared/cgroup.ts';
import { isOwnerAlive, ownerToken } from '../shared/owner.ts';
import { proveItRuns } from '../shared/self-test.ts';
import { DATA_LABEL, OWNER_LABEL } from './container-config.ts';
import type { DockerOptions } from './docker-options.ts';
import { openDockerWorkspace, type DockerHost } from './docker-workspace.ts';
import { probeDocker, type DockerFindings } from './probe-docker.ts';
import { removeContainer } from './run-in-container.ts';
import { seccompProfile } from './seccomp-profile.ts';
import { ensureToolchainImage } from './toolchain-image.ts';

function capabilitiesOf({ probe, users, loopDisks }: DockerFindings): DriverCapabilities {
  return {
    isolation: probe.isolation,
    fixedPaths: true,
    networkIsolation: true,
    sharedFolder: true,
    separateUsers: users.separate,
    enforces: new Set([
      'memory',
      'cpus',
      ...(probe.isolation === 'gvisor' ? [] : (['processes'] as const)),
      ...(loopDisks ? (['disk'] as const) : []),
    ]),
  };
}

/** Removes containers of builders with this data folder that are gone. */
async function removeLeftoverContainers(docker: Docker, dataLabel: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${DATA_LABEL}=${dataLabel}`] });
  for (const { Id, Labels } of await docker.listContainers({ all: true, filters })) {
    if (!isOwnerAlive(Labels[OWNER_LABEL] ?? '')) await removeContainer(docker.getContainer(Id));
  }
}

/**
 * Opens the Docker executor; builds the toolchain image when it is missing. Removes what builders that are gone left.
 *
 * @throws {SentenceError} exit code 3, when a layer it cannot do without is missing.
 */
export async function openDockerDriver(options: DockerOptions): Promise<ExecutorDriver> {
  await mkdir(resolve(options.dataDir), { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const findings = await probeDocker({ ...options, dataDir });
  const { probe, docker, users, rootless, loopDisks, networkRuntime } = findings;
  if (!probe.usable || docker === undefined) throw unusableError(probe);
  const dataLabel = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  await removeLeftoverContainers(docker, dataLabel);
  if (loopDisks) await removeLeftoverDisks();
  await removeLeftoverWorkspaces(dataDir);
  const cargoHome = join(dataDir, 'cargo');
  await prepareCargoHome(cargoHome, users.fetcher);
  const image = await ensureToolchainImage(docker, options);
  const host: DockerHost = {
    docker,
    dataDir,
    cargoHome,
    image,
    users,
    rootless,
    loopDisks,
    runtime: options.docker?.runtime,
    networkRuntime,
    isolation: probe.isolation,
    caBundle: options.caBundle === undefined ? undefined : await realpath(options.caBundle),
    environment: options.environment,
    seccomp: seccompProfile(process.arch),
    cgroups:
      process.platform === 'linux'
        ? findCgroupTrees(readFileSync('/proc/self/mountinfo', 'utf8'))
        : undefined,
    labels: { [DATA_LABEL]: dataLabel, [OWNER_LABEL]: ownerToken() },
  };
  const driver: ExecutorDriver = {
    name: 'docker',
    capabilities: capabilitiesOf(findings),
    imageDigest: image,
    open: async (build) => openDockerWorkspace(host, build),
    // Containers end with their commands, workspaces by themselves; the connection is one an answer.
    [Symbol.asyncDispose]: async () => {},
  };
  await proveItRuns(
    driver,
    'The engine has to be on this machine; a builder in a container needs its data folder at the same path as outside.',
  );
  for (const { name, state, detail, remedy } of probe.layers)
    if (state === 'weak') options.onProgress?.(`${name}: ${detail}. ${remedy ?? ''}`.trim());
  return driver;
}
