import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { DriverCapabilities } from '../driver.ts';
import { REFUSED_CALLS, UNKNOWN_CALLS } from '../drivers/shared/syscall-policy.ts';
import { syscallTable } from '../drivers/sandbox/syscall-numbers.ts';
import type { Contract } from './contract.ts';

const isolated = ({ isolation }: DriverCapabilities): boolean => isolation !== 'none';
/** Layers of the host's own kernel; a second kernel (gVisor, a machine) answers in its own way. */
const sharesKernel = ({ isolation }: DriverCapabilities): boolean =>
  isolation === 'sandbox' || isolation === 'container';

/** Where what a build writes are files of the host. */
const leavesFiles = (capabilities: DriverCapabilities): boolean =>
  isolated(capabilities) && capabilities.sharedFolder;
/** gVisor lets every program have namespaces: of its own kernel, which no other build shares. */
const withoutNamespaces = (capabilities: DriverCapabilities): boolean =>
  isolated(capabilities) && capabilities.isolation !== 'gvisor';

async function listening(server: Server, where: { path: string } | { port: number; host: string }) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** What a build can get at: nothing of the host, of other builds, of the network. */
export function isolationContract({ clauseIf, canary }: Contract): void {
  clauseIf(isolated, 'shows nothing of the host', async (bench) => {
    const secret = bench.hostPath('secret');
    await writeFile(secret, canary, { mode: 0o644 });
    await using other = await bench.workspace();
    await writeFile(join(other.workspace.hostBuildDir, 'secret'), canary);
    await using trial = await bench.workspace();
    const places = [
      secret,
      join(other.workspace.hostBuildDir, 'secret'),
      bench.dataDir,
      dirname(bench.dataDir),
    ];
    const homes = [
      homedir(),
      '/root/.ssh',
      '/root/.cargo',
      '/run/buildsrs',
      '/var/run/docker.sock',
      '/run/docker.sock',
    ];
    for (const place of [...places, ...homes]) {
      const { stdout, end } = await trial.command(['sh', '-c', 'ls -A "$1" && cat "$1"', 'sh', place]);
      expect({ place, stdout, code: end.exitCode }).toMatchObject({
        place,
        stdout: '',
        code: expect.any(Number),
      });
      expect(end.exitCode, place).not.toBe(0);
    }
    // Password hashes, and the processes of the host: ours has this text in its command line.
    expect((await trial.sh('cat /etc/shadow')).end.exitCode).not.toBe(0);
    expect((await trial.sh('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout).not.toMatch(/vitest|node /);
    expect(
      (await trial.sh(`kill -0 ${process.pid} && grep -a node /proc/${process.pid}/cmdline`)).end.exitCode,
    ).not.toBe(0);
  });

  clauseIf(isolated, 'lets a build write in its folder and nowhere else', async (bench) => {
    await using trial = await bench.workspace();
    const { cargoHome } = trial.workspace.paths;
    const places = [
      '/',
      '/usr',
      '/usr/bin',
      '/etc',
      '/dev',
      '/var',
      '/proc/sys/kernel',
      '/sys',
      '/sys/fs/cgroup',
      cargoHome,
    ];
    for (const place of places) {
      const { end } = await trial.command(['sh', '-c', 'echo x > "$1/buildsrs-was-here"', 'sh', place]);
      expect(end.exitCode, place).not.toBe(0);
    }
    expect((await trial.sh('echo x > here && cat here')).stdout).toBe('x\n');
  });

  clauseIf(
    ({ networkIsolation }) => networkIsolation,
    'has a network in fetch, and none in build',
    async (bench) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      const name = `builds.rs/contract/${process.pid}`;
      await using tcp = await listening(server, { port: 0, host: '127.0.0.1' });
      await using _abstract = await listening(
        createServer((socket) => {
          connections += 1;
          socket.destroy();
        }),
        { path: `\0${name}` },
      );
      await using trial = await bench.workspaceWithProbe();
      for (const target of [
        `127.0.0.1:${tcp.port}`,
        `localhost:${tcp.port}`,
        '169.254.169.254:80',
        'example.com:80',
      ])
        expect((await trial.command(['./probe', 'connect', target])).stdout, target).toBe('refused\n');
      expect((await trial.command(['./probe', 'abstract', name])).stdout).toBe('refused\n');
      const devices = await trial.sh('tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "');
      expect(devices.stdout).toBe('lo\n');
      expect(connections).toBe(0);
      const fetch = await trial.command(['./probe', 'connect', `127.0.0.1:${tcp.port}`], { network: true });
      expect(fetch.stdout).toBe('connected\n');
      expect(connections).toBe(1);
    },
  );

  clauseIf(
    ({ separateUsers, sharedFolder }) => separateUsers && sharedFolder,
    'runs concurrent builds as different users, none of them root or us',
    async (bench) => {
      await using first = await bench.workspace();
      await using second = await bench.workspace();
      const owners: number[] = [];
      for (const trial of [first, second]) {
        await trial.sh('echo mine > mine');
        owners.push((await stat(join(trial.workspace.hostBuildDir, 'mine'))).uid);
      }
      expect(new Set([0, process.getuid?.() ?? 0, ...owners]).size).toBe(
        new Set([0, process.getuid?.() ?? 0]).size + 2,
      );
    },
  );

  clauseIf(leavesFiles, 'never leaves a file of root, or one that gives its owner away', async (bench) => {
    await using trial = await bench.workspaceWithProbe();
    await trial.sh(
      'cp probe setuid; chmod 6755 setuid; install -m 4755 probe installed; mkdir -m 2755 folder',
    );
    const { hostBuildDir } = trial.workspace;
    for (const name of ['setuid', 'folder']) {
      const { uid, mode } = await stat(join(hostBuildDir, name));
      // Another kernel may hand such a mode on to a disk that is mounted nosuid; the mode is of no artifact.
      if (sharesKernel(bench.driver.capabilities))
        expect({ name, bits: mode & 0o6000 }).toEqual({ name, bits: 0 });
      if (process.getuid?.() === 0) expect(uid, name).not.toBe(0);
    }
    expect((await trial.sh('mknod device c 1 3; mknod disk b 7 0')).end.exitCode).not.toBe(0);
  });

  clauseIf(sharesKernel, 'has no capability, can gain none, and is filtered', async (bench) => {
    await using trial = await bench.workspace();
    const { stdout } = await trial.sh('cat /proc/self/status');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(stdout).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(stdout).toMatch(/^Seccomp:\s+2$/m);
  });

  clauseIf(sharesKernel, 'refuses the system calls a build has no use for', async (bench, context) => {
    const table = syscallTable(process.arch);
    if (table === undefined) return context.skip(`no table of system calls for ${process.arch}`);
    await using trial = await bench.workspaceWithProbe();
    const calls = [...REFUSED_CALLS, ...UNKNOWN_CALLS].filter((name) => table.numbers[name] !== undefined);
    expect(calls.length).toBeGreaterThan(40);
    const script = calls.map((name) => `echo "${name} $(./probe syscall ${table.numbers[name]})"`).join('\n');
    const answers = new Map(
      (await trial.sh(script)).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    // EPERM, or ENOSYS: what the kernel does not have cannot do harm either.
    for (const name of calls)
      expect({ name, answer: answers.get(name) }).toMatchObject({
        answer: expect.stringMatching(/^(?:1|38)$/),
      });
    const call = async (name: string, ...args: (string | number)[]): Promise<string> =>
      (
        await trial.command(['./probe', 'syscall', `${table.numbers[name]}`, ...args.map(String)])
      ).stdout.trim();
    expect(await call('clone', 0x1000_0000)).toBe('1');
    // vsock, packet, alg: not permitted, or no such family.
    for (const family of [40, 17, 38])
      expect(await call('socket', family, 1), `${family}`).toMatch(/^(?:1|97)$/);
    expect(await call('fchmod', 1, 0o4755)).toBe('1');
    expect((await trial.command(['./probe', 'syscall', '999'])).stdout.trim()).toMatch(/^(?:1|38)$/);
    expect(await call('socket', 2, 1)).toBe('ok');
    expect(await call('ioctl', 0, 0x5412)).toBe('1');
  });

  clauseIf(sharesKernel, 'ends a program that calls the kernel by another ABI', async (bench, context) => {
    if (process.arch !== 'x64') return context.skip('only x86-64 has other ABIs');
    await using trial = await bench.workspaceWithProbe();
    for (const argv of [
      ['./probe', 'ia32'],
      ['./probe', 'syscall', '0x40000027'],
    ] as const) {
      const { end, stdout } = await trial.command([...argv]);
      expect({ argv, stdout, signal: end.signal }).toEqual({ argv, stdout: '', signal: 'SIGSYS' });
    }
  });

  clauseIf(withoutNamespaces, 'cannot make namespaces or mounts', async (bench) => {
    await using trial = await bench.workspace();
    await mkdir(join(trial.workspace.hostBuildDir, 'mnt'));
    for (const attempt of [
      'unshare -Ur true',
      'unshare -m true',
      'mount -t tmpfs none mnt',
      'mount --bind /usr mnt',
      'chroot . true',
    ])
      expect((await trial.sh(attempt)).end.exitCode, attempt).not.toBe(0);
  });
}
