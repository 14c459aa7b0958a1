import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { DriverCapabilities } from '../driver.ts';
import type { Contract } from './contract.ts';
import { GENEROUS_MS, processesWith } from './contract-harness.ts';

/** A user of this machine that is neither we nor a build. */
const STRANGER = 65_534;
const NAMESPACES = ['pid', 'mnt', 'net', 'ipc', 'uts'] as const;
const NAMESPACES_SCRIPT = `for ns in ${NAMESPACES.join(' ')}; do readlink /proc/self/ns/$ns; done`;

/** A machine of its own shares nothing by its nature, and two emulated ones at once are too much for a test. */
const sharesMachine = ({ isolation }: DriverCapabilities): boolean =>
  isolation !== 'none' && isolation !== 'vm';
/** gVisor numbers namespaces of its own kernel, which each build has to itself. */
const sharesKernel = ({ isolation }: DriverCapabilities): boolean =>
  isolation === 'sandbox' || isolation === 'container';

/** Whether a folder, or one it is in, keeps strangers out. */
async function isClosed(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o007) === 0) return true;
  return folder === dirname(folder) ? false : isClosed(dirname(folder));
}

/** Builds that run at once, and other users of the machine. */
export function neighbourContract({ clause, clauseIf }: Contract): void {
  clauseIf(sharesMachine, 'keeps two builds that run at once apart', async (bench) => {
    await using first = await bench.workspaceWithProbe();
    await using second = await bench.workspaceWithProbe();
    const token = `neighbour-${randomUUID()}`;
    const cancel = new AbortController();
    let printed = '';
    const listens = Promise.withResolvers<void>();
    const running = first.command(
      [
        'sh',
        '-c',
        `echo mine > /dev/shm/mine; echo mine > /tmp/mine; ${NAMESPACES_SCRIPT}; exec ./probe listen "$0"`,
        token,
      ],
      {
        signal: cancel.signal,
        silenceMs: GENEROUS_MS,
        onOutput: (chunk) => {
          printed += Buffer.from(chunk).toString();
          if (printed.endsWith('listening\n')) listens.resolve();
        },
      },
    );
    await Promise.race([
      listens.promise,
      running.then(({ end }) => Promise.reject(new Error(`ended too early: ${JSON.stringify(end)}`))),
    ]);

    expect((await second.command(['./probe', 'abstract', token])).stdout).toBe('refused\n');
    expect((await second.sh('cat /dev/shm/mine /tmp/mine')).stdout).toBe('');
    expect((await second.sh('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout).not.toContain(token);
    if (sharesKernel(bench.driver.capabilities)) {
      const own = printed.split('\n').slice(0, NAMESPACES.length);
      const others = (await second.sh(NAMESPACES_SCRIPT)).stdout.trim().split('\n');
      expect(others.map((line) => line.split(':')[0])).toEqual([...NAMESPACES]);
      for (const line of others) expect(own).not.toContain(line);
      // By the numbers the host knows them by, whoever would have smuggled those in.
      const pids = await processesWith(token);
      expect(pids).not.toEqual([]);
      for (const pid of pids)
        expect((await second.sh(`cat /proc/${pid}/maps || kill -KILL ${pid}`)).end.exitCode).not.toBe(0);
    }
    await second.sh('kill -KILL -1');
    // The first is still there to be cancelled.
    cancel.abort();
    expect((await running).end.reason).toBe('cancelled');
  });

  clause(
    'lets no other user of the machine into a build, whatever the build opens',
    async (bench, context) => {
      await using trial = await bench.workspace();
      const { end } = await trial.sh(
        'mkdir open && echo own > open/file && chmod 777 . open && chmod 666 open/file && mkfifo -m 666 fifo',
      );
      expect(end.exitCode).toBe(0);
      // What the test itself has around it is no part of the promise.
      await chmod(dirname(bench.dataDir), 0o755);
      const { hostBuildDir } = trial.workspace;
      expect(await isClosed(hostBuildDir)).toBe(true);
      if (process.getuid?.() !== 0)
        return void (await context.annotate('only root can try it as another user'));
      const enter = promisify(execFile)('ls', [hostBuildDir], {
        uid: STRANGER,
        gid: STRANGER,
        cwd: '/',
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      });
      await expect(enter).rejects.toThrow('Permission denied');
    },
  );
}
