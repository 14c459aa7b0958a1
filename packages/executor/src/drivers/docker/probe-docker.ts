import { SentenceError, type Isolation } from '@buildsrs/common';
import type Docker from 'dockerode';
import { probeOf, type ExecutorProbe, type IsolationLayer } from '../../probe.ts';
import { loopDiskProblem } from '../shared/build-disk.ts';
import { openBuildUsers, type BuildUsers } from '../shared/build-users.ts';
import { connectDocker } from './connect.ts';
import type { DockerOptions } from './docker-options.ts';
import { hasKnownEscapes } from './runc-version.ts';

/** The fields of `GET /info` and `GET /version` that matter here (Docker Engine API 1.41 and up). */
interface EngineFacts {
  readonly version: string;
  readonly osType: string;
  readonly securityOptions: readonly string[];
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string;
  readonly runcVersion: string | undefined;
  readonly limits: boolean;
  readonly swapLimit: boolean;
}

/** What was found while probing, for the driver to use. */
export interface DockerFindings {
  readonly probe: ExecutorProbe;
  readonly docker: Docker | undefined;
  readonly users: BuildUsers;
  /** Containers run as the engine's own unprivileged user, which is root inside. */
  readonly rootless: boolean;
  readonly loopDisks: boolean;
  /** The runtime of commands that have the host's network; `undefined`: the engine's default. */
  readonly networkRuntime: string | undefined;
}

interface RawInfo {
  readonly OSType?: string;
  readonly SecurityOptions?: readonly string[];
  readonly Runtimes?: Readonly<Record<string, unknown>>;
  readonly DefaultRuntime?: string;
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
}

interface RawVersion {
  readonly Version?: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

async function readFacts(docker: Docker): Promise<EngineFacts> {
  const info = (await docker.info()) as RawInfo;
  const version = (await docker.version()) as RawVersion;
  return {
    version: version.Version ?? 'unknown',
    osType: info.OSType ?? 'unknown',
    securityOptions: info.SecurityOptions ?? [],
    runtimes: Object.keys(info.Runtimes ?? {}),
    defaultRuntime: info.DefaultRuntime ?? 'runc',
    runcVersion: version.Components?.find(({ Name }) => Name === 'runc')?.Version,
    limits: info.MemoryLimit === true && info.PidsLimit !== false && info.CpuCfsQuota === true,
    swapLimit: info.SwapLimit === true,
  };
}

/** What a container of this OCI runtime is. */
function isolationOf(runtime: string): Isolation {
  if (/runsc|gvisor/.test(runtime)) return 'gvisor';
  return /kata/.test(runtime) ? 'vm' : 'container';
}

/**
 * A kernel of its own has a network stack of its own, which cannot be the host's (gVisor: "cannot run with network enabled
 * in root network namespace"). What has a network runs nothing of a crate, so the engine's own runtime does.
 */
function networkRuntimeOf(facts: EngineFacts, wanted: string | undefined): string | undefined {
  if (isolationOf(wanted ?? facts.defaultRuntime) === 'container') return wanted;
  return facts.runtimes.includes('runc') ? 'runc' : wanted;
}

function runtimeLayer(facts: EngineFacts, wanted: string | undefined): IsolationLayer {
  const runtime = wanted ?? facts.defaultRuntime;
  const about = { name: 'OCI runtime', needed: true };
  if (!facts.runtimes.includes(runtime)) {
    const detail = `the engine knows no runtime "${runtime}", but ${facts.runtimes.join(', ')}`;
    return {
      ...about,
      state: 'missing',
      detail,
      remedy: 'Name it under "runtimes" in /etc/docker/daemon.json.',
    };
  }
  const isRunc = /runc/.test(runtime);
  if (!isRunc) return { ...about, state: 'present', detail: runtime };
  const detail = `runc ${facts.runcVersion ?? 'of unknown version'}`;
  if (!hasKnownEscapes(facts.runcVersion ?? '')) return { ...about, state: 'present', detail };
  return {
    ...about,
    state: 'weak',
    detail: `${detail} has known escapes (CVE-2025-31133, CVE-2025-52565, CVE-2025-52881)`,
    remedy: 'Upgrade to runc 1.2.8, 1.3.3 or newer, or use another runtime: --docker-runtime runsc.',
  };
}

function engineLayers(facts: EngineFacts): IsolationLayer[] {
  const seccomp = facts.securityOptions.some((option) => option.includes('name=seccomp'));
  return [
    {
      name: 'docker engine',
      state: facts.osType === 'linux' ? 'present' : 'missing',
      needed: true,
      detail: `${facts.version} (${facts.osType} containers)`,
    },
    {
      name: 'seccomp',
      state: seccomp ? 'present' : 'missing',
      needed: true,
      detail: seccomp ? 'our profile' : 'the engine was built without it',
    },
    {
      name: 'control groups',
      state: facts.limits ? (facts.swapLimit ? 'present' : 'weak') : 'missing',
      needed: true,
      detail: facts.limits
        ? `memory, processes, processors${facts.swapLimit ? ', swap' : '; swap is not limited'}`
        : 'the engine cannot limit memory, processes or processors',
    },
  ];
}

async function hostLayers(
  options: DockerOptions,
  users: BuildUsers,
): Promise<{ layers: IsolationLayer[]; loopDisks: boolean }> {
  const problem = await loopDiskProblem(options.dataDir);
  const layers: IsolationLayer[] = [
    users.separate
      ? { name: 'separate users', state: 'present', needed: false, detail: `from uid ${users.fetcher.uid}` }
      : {
          name: 'separate users',
          state: 'missing',
          needed: false,
          detail: 'all builds run as this user, in containers',
          remedy: 'Run the builder as root: it gives every build a user of its own.',
        },
    problem === undefined
      ? { name: 'disk quota', state: 'present', needed: false, detail: 'a loop file system for each build' }
      : {
          name: 'disk quota',
          state: 'missing',
          needed: false,
          detail: `${problem}; looked after by polling`,
          remedy: 'Run the builder as root with loop devices, and e2fsprogs installed.',
        },
  ];
  return { layers, loopDisks: problem === undefined };
}

/** Finds out what the Docker executor would be on this machine. */
export async function probeDocker(options: DockerOptions): Promise<DockerFindings> {
  const users = openBuildUsers();
  let docker: Docker;
  let facts: EngineFacts;
  try {
    docker = connectDocker(options.environment);
    facts = await readFacts(docker);
  } catch (error) {
    const missing: IsolationLayer = {
      name: 'docker engine',
      state: 'missing',
      needed: true,
      detail: SentenceError.is(error) ? error.message : `no engine answers (${(error as Error).message})`,
      remedy: 'Install and start Docker (Debian, Ubuntu: apt install docker.io), or use --executor sandbox.',
    };
    return {
      probe: probeOf('docker', 'container', [missing]),
      docker: undefined,
      users,
      rootless: false,
      loopDisks: false,
      networkRuntime: undefined,
    };
  }
  const wanted = options.docker?.runtime;
  const { layers, loopDisks } = await hostLayers(options, users);
  const runtime = runtimeLayer(facts, wanted);
  return {
    probe: probeOf('docker', isolationOf(wanted ?? facts.defaultRuntime), [
      ...engineLayers(facts),
      runtime,
      ...layers,
    ]),
    docker,
    users,
    rootless: facts.securityOptions.some((option) => option.includes('name=rootless')),
    loopDisks,
    networkRuntime: networkRuntimeOf(facts, wanted),
  };
}
