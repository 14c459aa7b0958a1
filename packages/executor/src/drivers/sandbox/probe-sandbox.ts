import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { words } from '../shared/words.ts';
import { SentenceError } from '@buildsrs/common';
import { probeOf, type ExecutorProbe, type IsolationLayer } from '../../probe.ts';
import { findToolchain, type HostToolchain } from '../process/find-toolchain.ts';
import { loopDiskProblem } from '../shared/build-disk.ts';
import { openBuildUsers, type BuildUsers } from '../shared/build-users.ts';
import { usableCgroupTrees, type CgroupTrees } from '../shared/cgroup.ts';
import { ownerToken } from '../shared/owner.ts';
import { runTool } from '../shared/run-tool.ts';
import type { SandboxOptions } from './sandbox-options.ts';
import { syscallTable, type SyscallTable } from './syscall-numbers.ts';

/** What was found while probing, for the driver to use. */
export interface SandboxFindings {
  readonly probe: ExecutorProbe;
  readonly users: BuildUsers;
  readonly toolchain: HostToolchain | undefined;
  readonly syscalls: SyscallTable | undefined;
  readonly cgroups: CgroupTrees | undefined;
  readonly loopDisks: boolean;
}

const layer = (
  name: string,
  present: boolean,
  { remedy, ...rest }: { detail: string; remedy?: string; needed: boolean },
): IsolationLayer => ({
  name,
  state: present ? 'present' : 'missing',
  ...rest,
  ...(present || remedy === undefined ? {} : { remedy }),
});

const APT = (packages: string): string => `Debian, Ubuntu: apt install ${packages}.`;

async function bubblewrapLayer(): Promise<IsolationLayer> {
  const version = await runTool('bwrap', ['--version']);
  if (version.exitCode !== 0) {
    const detail = version.exitCode === 127 ? 'bwrap is not installed' : version.stderr.trim();
    return layer('bubblewrap', false, { needed: true, detail, remedy: APT('bubblewrap') });
  }
  // --disable-userns came with 0.8.0.
  const [, minor = 0] = /(\d+)\.(\d+)/.exec(version.stdout)?.slice(1).map(Number) ?? [];
  const recent = minor >= 8 || !/ 0\./.test(version.stdout);
  const detail = version.stdout.trim();
  return layer('bubblewrap', recent, {
    needed: true,
    detail: recent ? detail : `${detail} is too old; 0.8 is needed`,
    remedy: 'Install bubblewrap 0.8 or newer.',
  });
}

async function utilLinuxLayer(root: boolean): Promise<IsolationLayer> {
  const tools = root ? ['prlimit', 'setpriv', 'unshare', 'mount', 'umount'] : ['prlimit'];
  const lacking: string[] = [];
  for (const tool of tools) if ((await runTool(tool, ['--version'])).exitCode !== 0) lacking.push(tool);
  return layer('util-linux', lacking.length === 0, {
    needed: true,
    detail: lacking.length === 0 ? tools.join(', ') : `lacks ${lacking.join(', ')}`,
    remedy: APT('util-linux'),
  });
}

async function namespacesLayer(users: BuildUsers): Promise<IsolationLayer> {
  const { uid, gid } = users.fetcher;
  const trial = [
    ...words('bwrap --unshare-all --unshare-user --disable-userns --uid 1000 --gid 1000'),
    ...words('--die-with-parent --new-session --ro-bind / / --proc /proc --dev /dev true'),
  ] as const;
  const drop = words(
    `unshare --mount -- setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs --`,
  );
  const [program = 'bwrap', ...args] = users.separate ? [...drop, ...trial] : trial;
  const run = await runTool(program, args);
  return layer('namespaces', run.exitCode === 0, {
    needed: true,
    detail:
      run.exitCode === 0
        ? 'user, process, mount, network, ipc, uts and cgroup namespaces; no further ones inside'
        : run.stderr.trim().split('\n', 1)[0] || 'bubblewrap cannot make them',
    remedy:
      'Allow unprivileged user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, ' +
      'kernel.apparmor_restrict_unprivileged_userns; in a container: run it with permission for them).',
  });
}

/** The root of the system builds see: this machine's, or the one that was given. */
export function systemOf({ sandbox }: SandboxOptions): string {
  return resolve(sandbox?.system ?? '/');
}

async function toolchainOf(options: SandboxOptions): Promise<HostToolchain | string> {
  const system = systemOf(options);
  if (system !== '/') {
    // Links in it are meant to be followed inside; whether they lead to a compiler is seen when it is asked its version.
    const has = (path: string): boolean =>
      lstatSync(join(system, path), { throwIfNoEntry: false }) !== undefined;
    const binDir = ['/usr/local/bin', '/usr/bin'].find((dir) => has(`${dir}/cargo`) && has(`${dir}/rustc`));
    return binDir === undefined ? `no cargo and rustc in ${system}` : { binDir, sysroot: '/usr' };
  }
  try {
    return await findToolchain(options.environment);
  } catch (error) {
    if (SentenceError.is(error)) return error.message;
    throw error;
  }
}

/** Finds out layer by layer, by trying, what the sandbox executor would be on this machine. */
export async function probeSandbox(options: SandboxOptions): Promise<SandboxFindings> {
  if (process.platform !== 'linux') {
    const only = layer('linux', false, { needed: true, detail: 'bubblewrap exists on Linux only' });
    return {
      probe: probeOf('sandbox', 'sandbox', [only]),
      users: openBuildUsers(),
      toolchain: undefined,
      syscalls: undefined,
      cgroups: undefined,
      loopDisks: false,
    };
  }
  const users = openBuildUsers();
  const syscalls = syscallTable(process.arch);
  const cgroups = await usableCgroupTrees(`${ownerToken()}.probe-${process.hrtime.bigint()}`);
  const loopProblem = await loopDiskProblem(options.dataDir);
  const toolchain = await toolchainOf(options);
  const found = typeof toolchain !== 'string';
  const layers = [
    await bubblewrapLayer(),
    await utilLinuxLayer(users.separate),
    await namespacesLayer(users),
    layer('seccomp', syscalls !== undefined, {
      needed: true,
      detail:
        syscalls === undefined
          ? `no table of system calls for ${process.arch}`
          : `our filter for ${process.arch}`,
    }),
    layer('toolchain', found, { needed: true, detail: found ? toolchain.sysroot : toolchain }),
    layer('separate users', users.separate, {
      needed: false,
      detail: users.separate ? `from uid ${users.fetcher.uid}` : 'all builds run as this user, in namespaces',
      remedy: 'Run the builder as root: it gives every build a user of its own.',
    }),
    layer('control groups', cgroups !== undefined, {
      needed: false,
      detail: cgroups === undefined ? 'not writable; limits are per process' : `version ${cgroups.version}`,
      remedy: 'Run the builder as root with a writable /sys/fs/cgroup.',
    }),
    layer('disk quota', loopProblem === undefined, {
      needed: false,
      detail:
        loopProblem === undefined
          ? 'a loop file system for each build'
          : `${loopProblem}; looked after by polling`,
      remedy: `Run the builder as root with loop devices, and e2fsprogs installed.`,
    }),
  ];
  return {
    probe: probeOf('sandbox', 'sandbox', layers),
    users,
    syscalls,
    cgroups,
    toolchain: found ? toolchain : undefined,
    loopDisks: loopProblem === undefined,
  };
}
