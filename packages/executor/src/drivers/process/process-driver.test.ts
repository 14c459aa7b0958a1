import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS, type BuildLimits } from '@buildsrs/common';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { CommandEnd, StageCommand, Workspace } from '../../driver.ts';
import { lacks } from '../../testing/needs.ts';
import { ExecutorFixture } from '../../testing/executor-fixture.ts';

/** Whether a process is there and not a zombie that waits for its parent. */
async function isAlive(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return text !== '' && text.slice(text.lastIndexOf(')') + 2)[0] !== 'Z';
}

describe('the process executor', () => {
  let fixture: ExecutorFixture;
  let opened: Workspace[];

  beforeEach(async () => {
    fixture = await ExecutorFixture.open('process');
    opened = [];
  });
  afterEach(async () => {
    for (const workspace of opened) await workspace[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  async function open(context: TestContext, limits: Partial<BuildLimits> = {}): Promise<Workspace> {
    if (process.platform !== 'linux')
      lacks(context, 'process groups are looked at in /proc, which is Linux’s');
    const workspace = await fixture.driverFor(context).open({
      id: `test-${opened.length}`,
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    opened.push(workspace);
    return workspace;
  }

  async function shell(
    workspace: Workspace,
    script: string,
    options: Partial<StageCommand> = {},
  ): Promise<CommandEnd & { stdout: string; stderr: string }> {
    const output = { stdout: '', stderr: '' };
    const end = await workspace.run({
      argv: ['sh', '-c', script],
      env: { GIVEN: 'yes' },
      cwd: '/',
      network: false,
      cargoHome: 'read-only',
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onOutput: (chunk, stream) => {
        output[stream] += Buffer.from(chunk).toString();
      },
      ...options,
    });
    return { ...end, ...output };
  }

  it('runs a command and tells its streams, status and signal', async (context) => {
    const workspace = await open(context);
    expect(await shell(workspace, 'echo out; echo err >&2; exit 7')).toEqual({
      reason: 'exited',
      exitCode: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await shell(workspace, 'kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
  });

  it('gives a command nothing of our environment but where its tools are', async (context) => {
    process.env['BUILDSRS_TEST_SECRET'] = 'secret';
    try {
      const workspace = await open(context);
      const { stdout } = await shell(workspace, 'env; command -v cargo');
      expect(stdout).not.toContain('secret');
      expect(stdout).toContain('GIVEN=yes');
      expect(stdout).toContain(`HOME=${fixture.dataDir}/`);
      expect(stdout).not.toMatch(/^(?:RUSTUP|NODE|npm|BUILDSRS)_/m);
      // The toolchain's own cargo, not rustup's, which obeys files of the crate.
      const cargo = stdout.trim().split('\n').at(-1) as string;
      expect(cargo).not.toContain('/.cargo/bin/');
    } finally {
      delete process.env['BUILDSRS_TEST_SECRET'];
    }
  });

  it('leaves no process behind, also none that left its group and session', async (context) => {
    const workspace = await open(context);
    const { stdout } = await shell(
      workspace,
      // Waits until the second has said its number; it left group, session and parent.
      'sleep 300 & echo $!; (setsid sh -c "echo \\$\\$; touch $HOME/said; exec sleep 300" &); ' +
        'until [ -e "$HOME/said" ]; do sleep 0.05; done',
    );
    const pids = stdout.trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(await isAlive(pid)).toBe(false);
  });

  it('does not wait for one that hides with an environment of its own and holds our pipes', async (context) => {
    const workspace = await open(context);
    const { stdout, reason } = await shell(
      workspace,
      `(env -i setsid sh -c 'echo $$; exec sleep 60' &); sleep 1; echo done`,
    );
    expect(reason).toBe('exited');
    expect(stdout).toContain('done');
    // It is what isolation is for: this executor has none, and the test cleans up by itself.
    const hidden = Number(/^\d+$/m.exec(stdout)?.[0]);
    if (await isAlive(hidden)) process.kill(hidden, 'SIGKILL');
  });

  it('kills all of it when the build is cancelled', async (context) => {
    const workspace = await open(context);
    const abort = new AbortController();
    let seen = '';
    const end = await shell(workspace, 'setsid sleep 300 & echo $!; sleep 300', {
      signal: abort.signal,
      onOutput: (chunk) => {
        seen += Buffer.from(chunk).toString();
        abort.abort();
      },
    });
    expect(end.reason).toBe('cancelled');
    expect(await isAlive(Number(seen.trim()))).toBe(false);
    expect((await shell(workspace, 'echo no', { signal: abort.signal })).stdout).toBe('');
  });

  it('stops what prints without end at its time limit', async (context) => {
    const workspace = await open(context);
    let bytes = 0;
    const end = await shell(workspace, 'yes', {
      timeoutMs: 1_500,
      onOutput: (chunk) => {
        bytes += chunk.length;
      },
    });
    expect(end.reason).toBe('timeout');
    expect(bytes).toBeGreaterThan(0);
  });

  it('waits for a slow reader and does not gather what is printed meanwhile', async (context) => {
    const workspace = await open(context);
    let chunks = 0;
    const end = await shell(workspace, 'yes', {
      timeoutMs: 1_500,
      onOutput: async () => {
        chunks += 1;
        await sleep(50);
      },
    });
    expect(end.reason).toBe('timeout');
    // A pipe and a stream's buffer hold some 130 KiB; a reader of 20 chunks a second cannot have seen thousands.
    expect(chunks).toBeLessThan(1_000);
  });

  it('ends the command when its reader fails, and tells that error', async (context) => {
    const workspace = await open(context);
    const running = shell(workspace, 'echo $$; sleep 300', {
      onOutput: () => {
        throw new Error('the reader is gone');
      },
    });
    await expect(running).rejects.toThrow('the reader is gone');
  });

  it('says what cannot be started', async (context) => {
    const workspace = await open(context);
    await expect(shell(workspace, '', { argv: ['no-such-program'] })).rejects.toThrow(
      'no-such-program cannot be started',
    );
  });

  it('takes out regular files only, and not more than it may', async (context) => {
    const workspace = await open(context);
    const build = workspace.hostBuildDir;
    const out = join(fixture.dataDir, 'out');
    await shell(
      workspace,
      `cd ${build} && printf '#!' > program && chmod +x program && printf data > file && mkfifo fifo && mkdir folder`,
    );
    await symlink('/etc/hostname', join(build, 'link'));
    await writeFile(join(build, 'sparse'), '');
    await truncate(join(build, 'sparse'), 8 * 1024 ** 3);

    expect(await workspace.collect('program', out, 2)).toMatchObject({ size: 2, executable: true });
    expect(await readFile(out, 'utf8')).toBe('#!');
    expect(await workspace.collect('file', `${out}2`, 100)).toMatchObject({ size: 4, executable: false });
    for (const [file, reason] of [
      ['fifo', 'irregular'],
      ['folder', 'irregular'],
      ['link', 'irregular'],
      ['absent', 'missing'],
      ['file/below', 'irregular'],
      ['sparse', 'too-large'],
    ] as const) {
      await expect(workspace.collect(file, `${out}3`, 1_000)).rejects.toMatchObject({
        name: 'BadOutputError',
        reason,
      });
    }
    await expect(workspace.collect('../owner.json', `${out}3`, 1_000)).rejects.toThrow('below the build');
    expect(existsSync(`${out}3`)).toBe(false);
  });

  it('does not follow a folder of the build that became a link', async (context) => {
    const workspace = await open(context);
    await mkdir(join(workspace.hostBuildDir, 'target'));
    await symlink('/etc', join(workspace.hostBuildDir, 'target/release'));
    await expect(
      workspace.collect('target/release/hostname', join(fixture.dataDir, 'out'), 1_000),
    ).rejects.toMatchObject({ name: 'BadOutputError', reason: 'irregular' });
  });

  it('removes every trace of a workspace, and at its start those of a builder that is gone', async (context) => {
    const workspace = await open(context);
    await shell(workspace, `mkdir -p ${workspace.hostBuildDir}/a/b && chmod 500 ${workspace.hostBuildDir}/a`);
    await opened.pop()?.[Symbol.asyncDispose]();
    expect(await readdir(join(fixture.dataDir, 'builds'))).toEqual([]);

    // A builder in a process of its own that is killed while its build sleeps in a session of its own.
    const script = `const { openExecutor } = await import(${JSON.stringify(new URL('../../open-executor.ts', import.meta.url).href)});
      const { DEFAULT_LIMITS } = await import('@buildsrs/common');
      const driver = await openExecutor({ executor: 'process', allowUnsandboxed: true, environment: process.env, dataDir: ${JSON.stringify(fixture.dataDir)} });
      const workspace = await driver.open({ id: 'left', limits: DEFAULT_LIMITS });
      await workspace.run({ argv: ['sh', '-c', 'setsid sleep 300 & echo $!; sleep 300'], env: {}, cwd: '/', network: false,
        cargoHome: 'read-only', timeoutMs: 300000, signal: new AbortController().signal,
        onOutput: (chunk) => process.stdout.write(chunk) });`;
    const builder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(builder.stdout, 'data')) as [Buffer];
    const sleeper = Number(printed.toString().trim());
    builder.kill('SIGKILL');
    await once(builder, 'exit');
    expect(await isAlive(sleeper)).toBe(true);
    expect(await readdir(join(fixture.dataDir, 'builds'))).toEqual(['left']);

    const { openProcessDriver } = await import('./process-driver.ts');
    const next = await openProcessDriver({ dataDir: fixture.dataDir, environment: process.env });
    await next[Symbol.asyncDispose]();
    expect(await isAlive(sleeper)).toBe(false);
    expect(await readdir(join(fixture.dataDir, 'builds'))).toEqual([]);
  });
});
