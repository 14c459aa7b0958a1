import { failure, type BuildId, type JobResult } from '@buildsrs/common';
import { FakeClock, testJob } from '@buildsrs/protocol/testing';
import { generateBuilderKey, type BuilderKey } from '@buildsrs/protocol/ssh';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { TestBackend } from '../testing/test-backend.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { webSocketConnector } from './connect.ts';
import type { JobRunner, RunContext } from './job-runner.ts';

const RESULT: JobResult = {
  kind: 'metadata',
  facts: { binaries: [], library: ['lib'], features: [], defaultFeatures: [], lockfile: false },
};
const WAIT = { timeout: 45_000, interval: 10 };

/** Runs that end when the test says so. */
class Runs {
  readonly contexts = new Map<BuildId, RunContext>();
  readonly aborted: BuildId[] = [];
  #ends = new Map<BuildId, () => void>();

  readonly runner: JobRunner = async (job, context) => {
    this.contexts.set(job.build, context);
    await context.onStage('fetch');
    await context.onLog(Buffer.from('begun\n'));
    await new Promise<void>((resolve) => {
      this.#ends.set(job.build, resolve);
      context.signal.addEventListener('abort', () => resolve());
    });
    if (!context.signal.aborted) return { status: 'succeeded', result: RESULT };
    this.aborted.push(job.build);
    return { status: 'cancelled' };
  };

  end(build: BuildId): void {
    this.#ends.get(build)?.();
  }
}

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function start(
  options: {
    leaseMs?: number;
    slots?: number;
    runner?: JobRunner;
    key?: BuilderKey;
    signs?: BuilderKey;
    heartbeatIntervalMs?: number;
  } & Partial<AgentOptions> = {},
) {
  const backend = await new TestBackend({ ...options, schedulerKey: options.signs }).listen();
  cleanUp.push(async () => backend[Symbol.asyncDispose]());
  const key = options.key ?? generateBuilderKey();
  backend.memory.enrol(key.publicKey);
  const runs = new Runs();
  const agent = new Agent({
    connect: webSocketConnector(backend.url),
    key,
    capabilities: {
      targets: [],
      kinds: ['metadata'],
      executor: 'process',
      isolation: 'none',
      slots: options.slots ?? 2,
    },
    software: 'test',
    runner: options.runner ?? runs.runner,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  const running = agent.run();
  running.catch(() => undefined);
  cleanUp.push(() => agent.stop(0));
  return { backend, agent, runs, running };
}

const until = (condition: () => unknown) =>
  vi.waitFor(() => {
    if (condition() !== true) throw new Error(`waited in vain for ${condition.toString()}`);
  }, WAIT);

test('takes jobs up to its slots, streams stages and logs, and reports results', async () => {
  const { backend, runs } = await start();
  const jobs = [testJob(), testJob(), testJob()];
  const [first, second, third] = jobs.map((job) => job.build) as [BuildId, BuildId, BuildId];
  backend.memory.queue.push(...jobs);
  backend.wake();
  await until(() => runs.contexts.size === 2);
  await until(() => backend.memory.builds.get(first)?.log.toString() === 'begun\n');
  expect(backend.memory.builds.get(first)?.stages).toEqual(['fetch']);
  expect(backend.memory.queue).toHaveLength(1);

  await runs.contexts.get(first)?.onLog(Buffer.from('and done\n'));
  runs.end(first);
  await until(() => runs.contexts.has(third));
  expect(backend.memory.builds.get(first)).toMatchObject({ state: 'recorded', result: RESULT });
  expect(backend.memory.builds.get(first)?.log.toString()).toBe('begun\nand done\n');
  runs.end(second);
  runs.end(third);
  await until(() => backend.memory.builds.get(third)?.state === 'recorded');
});

test('a failure is reported, and a runner that throws is a fault of ours', async () => {
  let count = 0;
  const { backend } = await start({
    runner: async () => {
      count += 1;
      if (count > 1) throw new Error('secret path /home/x');
      return { status: 'failed', failure: failure('compiler-error', 'error[E0425]: no') };
    },
    slots: 1,
  });
  const jobs = [testJob(), testJob()];
  backend.memory.queue.push(...jobs);
  backend.wake();
  await until(() => jobs.every((job) => backend.memory.builds.get(job.build)?.state === 'recorded'));
  const results = jobs.map((job) => backend.memory.builds.get(job.build)?.result);
  expect(results).toMatchObject([{ kind: 'compiler-error' }, { kind: 'executor-error' }]);
  expect(JSON.stringify(results)).not.toContain('secret');
});

test('a running build goes on over lost connections, its log without a gap', async () => {
  const { backend, runs } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  backend.wake();
  let log = 'begun\n';
  for (let round = 0; round < 3; round += 1) {
    await until(() => backend.memory.builds.get(job.build)?.log.toString() === log);
    backend.cut();
    for (const line of [`round ${round}\n`, 'x'.repeat(100_000), '\n']) {
      log += line;
      await runs.contexts.get(job.build)?.onLog(Buffer.from(line));
    }
  }
  runs.end(job.build);
  await until(() => backend.memory.builds.get(job.build)?.state === 'recorded');
  expect(backend.memory.builds.get(job.build)?.log.toString()).toBe(log);
  expect(backend.memory.calls.filter((call) => call.startsWith('resume')).length).toBeGreaterThan(0);
  expect(backend.memory.calls.filter((call) => call.startsWith('accepted'))).toHaveLength(1);
});

test('it comes back also when the backend took offence at a message, and its builds go on', async () => {
  const { backend, runs } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  backend.wake();
  await until(() => backend.memory.builds.get(job.build)?.log.toString() === 'begun\n');
  backend.sessions.at(-1)?.close('unexpected-frame');
  await until(() => backend.memory.calls.includes(`resume ${job.build}`));
  runs.end(job.build);
  await until(() => backend.memory.builds.get(job.build)?.state === 'recorded');
  expect(runs.aborted).toEqual([]);
});

test('a result that could not be sent is sent on the next connection, and settled once', async () => {
  const { backend, runs } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  // The result reaches the backend, the answer does not reach the builder.
  const complete = backend.memory.complete.bind(backend.memory);
  let cut = false;
  backend.memory.complete = async (...args) => {
    const outcome = await complete(...args);
    if (!cut) backend.cut();
    cut = true;
    return outcome;
  };
  backend.wake();
  await until(() => runs.contexts.size === 1);
  runs.end(job.build);
  await until(() => backend.memory.calls.filter((call) => call.startsWith('complete')).length === 2);
  expect(backend.memory.builds.get(job.build)?.state).toBe('recorded');
});

test('a cancelled build is stopped and its slot used again', async () => {
  const { backend, runs } = await start({ slots: 1 });
  const jobs = [testJob(), testJob()];
  const [first, second] = jobs.map((job) => job.build) as [BuildId, BuildId];
  backend.memory.queue.push(...jobs);
  backend.wake();
  await until(() => runs.contexts.has(first));
  backend.sessions.at(-1)?.cancel(first, 'the operator said so');
  await until(() => runs.contexts.has(second));
  expect(runs.aborted).toEqual([first]);
});

test('a lost lease stops the build', async () => {
  const { backend, runs } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  backend.wake();
  await until(() => runs.contexts.size === 1);
  backend.memory.expire(job.build);
  await until(() => runs.aborted.includes(job.build));
  expect(backend.memory.builds.get(job.build)?.result).toBeUndefined();
});

test('a build stops itself when its lease ends and the backend cannot be reached', async () => {
  const { backend, runs } = await start({ leaseMs: 6_000 });
  const job = testJob({ lease: { token: 't'.repeat(32), expiresInMs: 6_000 } });
  backend.memory.queue.push(job);
  backend.wake();
  await until(() => backend.memory.builds.get(job.build)?.state === 'running');
  await until(() => runs.contexts.size === 1);
  await backend[Symbol.asyncDispose]();
  await until(() => runs.aborted.includes(job.build));
  expect(backend.memory.builds.get(job.build)?.state).toBe('running');
});

test('a job that does not fit is declined, and not asked for in a circle', async () => {
  const { backend, runs } = await start();
  const jobs = [
    testJob({ kind: 'binary', target: 'x86_64-unknown-linux-gnu' }),
    testJob({ isolation: 'vm' }),
  ];
  backend.memory.queue.push(...jobs);
  backend.wake();
  await until(() => backend.memory.calls.filter((call) => call.startsWith('declined')).length === 2);
  expect(backend.memory.calls.join('\n')).toContain('does not build binary');
  expect(backend.memory.calls.join('\n')).toContain('cannot isolate by vm');
  expect(runs.contexts.size).toBe(0);
});

test('told to stop, it takes nothing more, finishes what runs, and says goodbye', async () => {
  const { backend, agent, runs, running } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  backend.wake();
  await until(() => runs.contexts.size === 1);
  const stopping = agent.stop(60_000);
  await until(() => backend.memory.calls.includes('draining builder-1'));
  backend.memory.queue.push(testJob());
  backend.wake();
  runs.end(job.build);
  await stopping;
  await running;
  expect(backend.memory.builds.get(job.build)?.state).toBe('recorded');
  expect(backend.memory.queue).toHaveLength(1);
});

test('what does not finish in time is given back', async () => {
  const { backend, agent, runs, running } = await start();
  const job = testJob();
  backend.memory.queue.push(job);
  backend.wake();
  await until(() => runs.contexts.size === 1);
  await agent.stop(0);
  await running;
  expect(runs.aborted).toEqual([job.build]);
  await until(() => backend.memory.calls.includes(`declined ${job.build} the builder stops`));
});

test('a builder that is refused stops with the reason; one that cannot connect tries on', async () => {
  const key = generateBuilderKey();
  const { backend, running } = await start();
  const stranger = new Agent({
    connect: webSocketConnector(backend.url),
    key,
    capabilities: { targets: [], kinds: ['metadata'], executor: 'process', isolation: 'none', slots: 1 },
    software: 'test',
    runner: async () => ({ status: 'cancelled' }),
    logger: pino({ level: 'silent' }),
  });
  await expect(stranger.run()).rejects.toThrow('This key is not enrolled');
  const lines: string[] = [];
  const away = new Agent({
    connect: webSocketConnector('http://127.0.0.1:9'),
    key,
    capabilities: { targets: [], kinds: ['metadata'], executor: 'process', isolation: 'none', slots: 1 },
    software: 'test',
    runner: async () => ({ status: 'cancelled' }),
    logger: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
  });
  const trying = away.run();
  await until(() => lines.length >= 2);
  expect(lines[0]).toContain('the backend cannot be reached');
  await away.stop(0);
  await trying;
  backend.sessions[0]?.close('revoked');
  await expect(running).rejects.toThrow('revoked');
});

test('runs what the pinned scheduler signed, and refuses all else with a line in its log', async () => {
  const scheduler = generateBuilderKey();
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const signed = await start({ signs: scheduler, schedulerKey: scheduler.publicKey });
  const unsigned = await start({ schedulerKey: scheduler.publicKey, logger });
  const job = testJob();
  for (const { backend } of [signed, unsigned]) {
    backend.memory.queue.push(job);
    backend.wake();
  }
  await until(() => signed.runs.contexts.has(job.build));
  await until(() => unsigned.backend.memory.calls.some((call) => call.includes('it has no signature')));
  expect(unsigned.runs.contexts.size).toBe(0);
  expect(lines.join('')).toContain('refused a job that the pinned scheduler did not sign');
});

test('takes no job while its disk is full, says why, and goes on by itself', async () => {
  const clock = new FakeClock();
  let freeBytes = 10;
  const { backend, runs } = await start({
    disk: { look: async () => ({ freeBytes, totalBytes: 100 }), minimum: { percent: 15 } },
    clock,
    // No heartbeat comes due while the clock is moved on.
    heartbeatIntervalMs: 60_000,
  });
  const job = testJob();
  backend.memory.queue.push(job);
  await until(() => backend.memory.calls.some((call) => /^requested .* 0: only .*\(10 %\)/.test(call)));
  backend.wake();
  expect(backend.memory.queue).toHaveLength(1);
  freeBytes = 50;
  clock.advance(10_000);
  await until(() => runs.contexts.has(job.build));
  runs.end(job.build);
  await until(() => backend.memory.builds.get(job.build)?.state === 'recorded');
});
