import type { BuildLimits, Isolation } from '@buildsrs/common';
import type { ContainerCreateOptions } from 'dockerode';
import type { StageCommand } from '../../driver.ts';
import { BUILD_PATH, CA_BUNDLE_PATH, CARGO_PATH } from '../shared/guest-paths.ts';
import { temporaryBytes } from '../shared/guest-environment.ts';
import { taskLimits } from './task-limits.ts';

/** Labels by which a later start finds what a crash left. */
export const DATA_LABEL = 'rs.builds.data';
export const OWNER_LABEL = 'rs.builds.owner';
export const BUILD_LABEL = 'rs.builds.build';

const SHM_BYTES = 64 * 1024 * 1024;

/** What a container is made of besides its command. */
export interface ContainerPlace {
  readonly image: string;
  readonly runtime: string | undefined;
  /** What this runtime gives. */
  readonly isolation: Isolation;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly buildDir: string;
  readonly cargoHome: string;
  readonly caBundle: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly seccomp: string;
  readonly limits: BuildLimits;
  readonly labels: Readonly<Record<string, string>>;
}

function bind(source: string, target: string, readOnly = false) {
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate' },
  } as const;
}

/** The container one command runs in, hardened as far as the engine can (research/reliability.md §1.3). */
export function containerConfig(
  command: Pick<StageCommand, 'argv' | 'cwd' | 'network' | 'cargoHome'>,
  place: ContainerPlace,
): ContainerCreateOptions {
  const { limits, user } = place;
  const caBundle = command.network ? place.caBundle : undefined;
  return {
    Image: place.image,
    Entrypoint: [],
    Cmd: [...command.argv],
    Env: Object.entries(place.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: command.cwd,
    User: `${user.uid}:${user.gid}`,
    ...(command.network ? {} : { Hostname: 'builds' }),
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Labels: { ...place.labels },
    HostConfig: {
      // Its first process reaps; when the command ends it ends, and the kernel all others with it.
      Init: true,
      ...(place.runtime === undefined ? {} : { Runtime: place.runtime }),
      // The host's only in fetch, as registries may be on loopback.
      NetworkMode: command.network ? 'host' : 'none',
      IpcMode: 'private',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', `seccomp=${place.seccomp}`],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${temporaryBytes(limits.memoryBytes)}` },
      ShmSize: SHM_BYTES,
      Mounts: [
        bind(place.buildDir, BUILD_PATH),
        bind(place.cargoHome, CARGO_PATH, command.cargoHome === 'read-only'),
        ...(caBundle === undefined ? [] : [bind(caBundle, CA_BUNDLE_PATH, true)]),
      ],
      PidsLimit: taskLimits(place.isolation, limits.processes).hard,
      Memory: limits.memoryBytes,
      // The same as memory: no swap.
      MemorySwap: limits.memoryBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      // Open files stay as the engine has them: more than its own hard limit would be refused.
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      // Output comes to us alone; the engine's default driver writes it to disk, without bound, and a tenth as fast.
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}
