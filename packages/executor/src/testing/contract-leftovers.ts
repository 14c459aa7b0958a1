import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../drivers/shared/until.ts';
import type { Contract } from './contract.ts';
import { processesWith, TRIAL_LIMITS, type ContractBench } from './contract-harness.ts';

const CRASH_CHILD = fileURLToPath(new URL('contract-crash-child.ts', import.meta.url));
const PATIENCE_MS = 60_000;

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

/** What is on this machine of a build, wherever an executor could have left it. */
async function tracesOf(bench: ContractBench, id: string, token: string): Promise<string[]> {
  const traces: string[] = [];
  for (const pid of await processesWith(token)) traces.push(`process ${pid}`);
  for (const line of (await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).split('\n'))
    if (line.includes(id)) traces.push(`mount ${line}`);
  for (const loop of await namesIn('/sys/block')) {
    const file = await readFile(join('/sys/block', loop, 'loop/backing_file'), 'utf8').catch(() => '');
    if (file.includes(id)) traces.push(`loop device ${loop}`);
  }
  for (const place of [
    '/run/buildsrs/disks',
    ...(await namesIn('/sys/fs/cgroup')).flatMap((name) => [join('/sys/fs/cgroup', name, 'buildsrs')]),
    '/sys/fs/cgroup/buildsrs',
    join(bench.dataDir, 'builds'),
    join(bench.dataDir, 'machines'),
  ])
    for (const name of await namesIn(place)) if (name.includes(id)) traces.push(join(place, name));
  for (const owner of await namesIn('/run/buildsrs'))
    for (const name of await namesIn(join('/run/buildsrs', owner)))
      if (name.includes(id)) traces.push(join('/run/buildsrs', owner, name));
  return [...traces, ...((await bench.subject.traces?.(bench.dataDir)) ?? [])];
}

async function expectNoTraces(bench: ContractBench, id: string, token: string): Promise<void> {
  // A loop device is let go of by the kernel a moment after its unmounting.
  await until(async () => (await tracesOf(bench, id, token)).length === 0, PATIENCE_MS);
  expect(await tracesOf(bench, id, token)).toEqual([]);
}

/** Commands that try to leave a process behind; the last argument of `sh` marks it for us to find. */
const DAEMON =
  'trap "" TERM HUP INT; (setsid sh -c \'trap "" TERM HUP INT; echo up > up; while :; do sleep 1; done\' "$0" &) ; ' +
  'while ! [ -e up ]; do sleep 0.05; done; ';

/** Starts a builder of its own, waits until a build of it runs, and kills it. */
async function killBuilderOf(bench: ContractBench, id: string, token: string): Promise<void> {
  const options = JSON.stringify(bench.subject.options);
  const child = spawn(process.execPath, [CRASH_CHILD, options, bench.dataDir, id, token], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [first] = (await Promise.race([once(child.stdout, 'data'), exited])) as [unknown];
  expect(String(first)).toBe('up\n');
  child.kill('SIGKILL');
  await exited;
}

/** That nothing of a build outlives it. */
export function leftoverContract({ clause, clauseIf }: Contract): void {
  for (const [way, script] of [
    ['succeeds', `${DAEMON} exit 0`],
    ['fails', `${DAEMON} exit 3`],
    ['is stopped', `${DAEMON} while :; do sleep 1; done`],
  ] as const) {
    clause(`leaves no process of a command that ${way}, and nothing of a build`, async (bench) => {
      const token = `token-${randomUUID()}`;
      let id: string;
      {
        await using trial = await bench.workspace();
        id = trial.id;
        const { end } = await trial.command(['sh', '-c', script, token], {
          timeoutMs: way === 'is stopped' ? 5_000 : PATIENCE_MS * 5,
        });
        expect(end.reason).toBe(way === 'is stopped' ? 'timeout' : 'exited');
        // Not awaited in a loop: it is what the contract promises about the moment a command returns.
        expect(await processesWith(token)).toEqual([]);
        // Folders a build made unwritable, names it made strange.
        await trial.sh(
          'mkdir -p locked/in "a\nb"; : > locked/in/file; chmod 0 locked/in locked; ln -s / root',
        );
      }
      await expectNoTraces(bench, id, token);
    });
  }

  clause('leaves nothing of a build that was cancelled', async (bench) => {
    const token = `token-${randomUUID()}`;
    const cancel = new AbortController();
    let id: string;
    {
      await using trial = await bench.workspace();
      id = trial.id;
      const run = await trial.command(['sh', '-c', `${DAEMON} echo up; while :; do sleep 1; done`, token], {
        signal: cancel.signal,
        onOutput: () => cancel.abort(),
      });
      expect(run.end.reason).toBe('cancelled');
      expect(await processesWith(token)).toEqual([]);
    }
    await expectNoTraces(bench, id, token);
  });

  clause('is disposed of twice without harm, and its id may be used again', async (bench) => {
    const { driver } = bench;
    const trial = await bench.workspace();
    await trial[Symbol.asyncDispose]();
    await trial[Symbol.asyncDispose]();
    await using again = await driver.open({ id: trial.id, limits: TRIAL_LIMITS });
    expect(await readdir(again.hostBuildDir)).toEqual([]);
  });

  // Containers outlive their builder, as the engine runs them; that is the next clause's.
  clauseIf(
    ({ isolation }) => isolation === 'sandbox',
    'ends with its builder',
    async (bench) => {
      const id = randomUUID();
      const token = `token-${id}`;
      await killBuilderOf(bench, id, token);
      await until(async () => (await processesWith(token)).length === 0, PATIENCE_MS);
      expect(await processesWith(token)).toEqual([]);
      // What is no process is removed at the next start.
      await using _next = await bench.subject.open({ dataDir: bench.dataDir, environment: process.env });
      await expectNoTraces(bench, id, token);
    },
  );

  clause('removes at start what a killed builder left', async (bench) => {
    const id = randomUUID();
    const token = `token-${id}`;
    await killBuilderOf(bench, id, token);
    await using _next = await bench.subject.open({ dataDir: bench.dataDir, environment: process.env });
    // The child's own command line has the token too, until it is reaped.
    await expectNoTraces(bench, id, token);
  });
}
