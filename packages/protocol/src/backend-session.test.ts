import type { BuildId, Job } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { LOG_WINDOW_BYTES } from './limits.ts';
import type { BackendHooks } from './backend-hooks.ts';
import { MemoryBackend, RawBuilder, settle, testJob } from './testing/index.ts';

const failed = (job: Job, token = job.lease.token) => ({
  type: 'failed',
  build: job.build,
  token,
  failure: { kind: 'compiler-error', message: 'no', hint: '', retryable: false },
});
const log = (job: Job, offset: number, text: string) => ({
  type: 'log',
  build: job.build,
  offset,
  data: Buffer.from(text).toString('base64'),
});

async function connected(options: { slots?: number; jobs?: Job[]; hooks?: Partial<BackendHooks> } = {}) {
  const backend = Object.assign(new MemoryBackend(), options.hooks);
  const builder = new RawBuilder(backend);
  backend.enrol(builder.key.publicKey);
  backend.queue.push(...(options.jobs ?? []));
  await builder.greet();
  if (options.slots !== undefined) await builder.send({ type: 'request', slots: options.slots });
  return { backend, builder };
}

/** A builder that has accepted one job. */
async function building(hooks: Partial<BackendHooks> = {}) {
  const job = testJob();
  const { backend, builder } = await connected({ slots: 1, jobs: [job], hooks });
  await builder.send({ type: 'accept', build: job.build });
  return { backend, builder, job, held: () => backend.builds.get(job.build) };
}

describe('offers', () => {
  test('come up to the slots asked for, counting what is offered and running', async () => {
    const jobs = Array.from({ length: 5 }, () => testJob());
    const { backend, builder } = await connected({ slots: 2, jobs });
    expect(builder.all('offer').map((offer) => offer.job.build)).toEqual(
      jobs.slice(0, 2).map((job) => job.build),
    );
    await builder.send({ type: 'accept', build: jobs[0]?.build }, { type: 'request', slots: 2 });
    expect(builder.all('offer')).toHaveLength(2);
    await builder.send({ type: 'request', slots: 3 });
    expect(builder.all('offer')).toHaveLength(3);
    await builder.send(failed(jobs[0] as Job));
    expect(builder.all('offer')).toHaveLength(4);
    await builder.send({ type: 'request', slots: 0 });
    builder.session.wake();
    await settle();
    expect(builder.all('offer')).toHaveLength(4);
    expect(backend.queue).toHaveLength(1);
  });

  test('wait for work: a wake is enough', async () => {
    const { backend, builder } = await connected({ slots: 1 });
    expect(builder.heard.at(-1)?.type).toBe('welcome');
    backend.queue.push(testJob());
    builder.session.wake();
    await settle();
    expect(builder.all('offer')).toHaveLength(1);
  });

  test('a job that came while another claim ran is not overlooked', async () => {
    let release: () => void = () => undefined;
    const late = testJob();
    const queue: Job[] = [];
    let claims = 0;
    const { builder } = await connected({
      hooks: {
        claim: async (_, count) => {
          claims += 1;
          const jobs = queue.splice(0, count);
          if (claims === 1) {
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          }
          return jobs;
        },
      },
    });
    await builder.send({ type: 'request', slots: 1 });
    queue.push(late);
    builder.session.wake();
    release();
    await settle();
    expect(builder.all('offer')).toMatchObject([{ job: { build: late.build } }]);
  });

  test('a declined job is given back and not claimed again in the same breath', async () => {
    const job = testJob();
    const { backend, builder } = await connected({ slots: 1, jobs: [job, testJob()] });
    await builder.send({ type: 'decline', build: job.build, reason: 'not mine' });
    expect(backend.calls).toContain(`declined ${job.build} not mine`);
    expect(builder.all('offer')).toHaveLength(1);
    builder.session.wake();
    await settle();
    expect(builder.all('offer')).toHaveLength(2);
  });

  test('an offer without an answer is taken back; accepted too late it is lost', async () => {
    const job = testJob();
    const { backend, builder } = await connected({ slots: 1, jobs: [job] });
    builder.clock.advance(30_000);
    await settle();
    expect(backend.calls).toContain(`declined ${job.build} the builder did not answer the offer`);
    await builder.send({ type: 'accept', build: job.build });
    expect(builder.all('lost').map((lost) => lost.build)).toEqual([job.build, job.build]);
    expect(builder.closed).toBeUndefined();
  });

  test('a job that is not fit to be sent is given back, and the next is offered', async () => {
    const bad = { ...testJob(), uploadUrl: 'not a URL' };
    const good = testJob();
    const { backend, builder } = await connected({ slots: 2, jobs: [bad, good] });
    expect(builder.all('offer')).toMatchObject([{ job: { build: good.build } }]);
    expect(backend.calls).toContain(`declined ${bad.build} the job cannot be sent`);
    expect(builder.closed).toBeUndefined();
  });

  test('what was claimed for a builder that went meanwhile is given back', async () => {
    let release: () => void = () => undefined;
    const job = testJob();
    const { backend, builder } = await connected({
      hooks: {
        claim: async () => {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          return [job];
        },
      },
    });
    await builder.send({ type: 'request', slots: 1 });
    await builder.drop();
    release();
    await builder.session.ended;
    expect(backend.calls.some((call) => call.startsWith(`declined ${job.build}`))).toBe(true);
  });

  test('stop when the builder or the backend drains', async () => {
    const { backend, builder } = await connected({ slots: 1 });
    await builder.send({ type: 'drain' });
    expect(backend.calls).toContain('draining builder-1');
    backend.queue.push(testJob());
    builder.session.wake();
    await settle();
    expect(builder.all('offer')).toEqual([]);
    const { backend: second, builder: other } = await connected({ slots: 1 });
    other.session.drain();
    second.queue.push(testJob());
    other.session.wake();
    await settle();
    expect(other.heard.at(-1)).toEqual({ type: 'drain' });
    other.session.close('shutting-down');
    expect(other.closed).toBe('shutting-down');
  });
});

describe('a build', () => {
  test('is accepted, tells its stages and log, and ends once', async () => {
    const { builder, job, held } = await building();
    await builder.send(
      { type: 'stage', build: job.build, stage: 'fetch' },
      log(job, 0, 'hello '),
      log(job, 6, 'world'),
      failed(job),
    );
    expect(held()).toMatchObject({ state: 'recorded', stages: ['fetch'] });
    expect(held()?.log.toString()).toBe('hello world');
    expect(builder.all('logged').map((message) => message.offset)).toEqual([6, 11]);
    expect(builder.all('done')).toEqual([{ type: 'done', build: job.build, outcome: 'recorded' }]);
    await builder.send(failed(job));
    expect(builder.all('done').at(-1)?.outcome).toBe('already-recorded');
    await builder.send(log(job, 11, 'late'));
    expect(builder.heard.at(-1)).toEqual({ type: 'lost', build: job.build });
    expect(builder.closed).toBeUndefined();
  });

  test('has its messages handled in order, however long each takes', async () => {
    const order: string[] = [];
    let release: () => void = () => undefined;
    const { builder, job } = await building({
      stage: async (_, __, stage) => {
        if (stage === 'fetch') {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }
        order.push(stage);
      },
      failed: async () => {
        order.push('failed');
        return 'recorded';
      },
    });
    await builder.send(
      { type: 'stage', build: job.build, stage: 'fetch' },
      { type: 'stage', build: job.build, stage: 'resolve' },
      failed(job),
    );
    expect(order).toEqual([]);
    // A slow message of a build does not keep the heartbeat waiting.
    await builder.send({ type: 'heartbeat', builds: [job.build] });
    expect(builder.all('renewed')).toHaveLength(1);
    release();
    await settle();
    expect(order).toEqual(['fetch', 'resolve', 'failed']);
  });

  test('that was lost before it was accepted is told so', async () => {
    const job = testJob();
    const { backend, builder } = await connected({ slots: 1, jobs: [job] });
    backend.expire(job.build);
    await builder.send({ type: 'accept', build: job.build });
    expect(builder.heard.at(-1)).toEqual({ type: 'lost', build: job.build });
  });

  test.each([
    ['accepted twice', (job: Job) => [{ type: 'accept', build: job.build }]],
    ['with a log after its end', (job: Job) => [failed(job), log(job, 0, 'x')]],
    [
      'with a stage after its end',
      (job: Job) => [failed(job), { type: 'stage', build: job.build, stage: 'fetch' }],
    ],
    ['failed twice in one breath', (job: Job) => [failed(job), failed(job)]],
    ['resumed while it runs', (job: Job) => [{ type: 'resume', build: job.build, token: job.lease.token }]],
  ])('%s breaks the protocol', async (_, messages) => {
    const { builder, job, held } = await building();
    await builder.send(...messages(job));
    expect(builder.closed).toBe('unexpected-frame');
    await builder.session.ended;
    expect(held()?.log.toString()).toBe('');
  });

  test('offered but not accepted cannot log, tell a stage or end', async () => {
    for (const message of [
      (job: Job) => log(job, 0, 'x'),
      (job: Job) => ({ type: 'stage', build: job.build, stage: 'fetch' }),
      (job: Job) => failed(job),
    ]) {
      const job = testJob();
      const { builder } = await connected({ slots: 1, jobs: [job] });
      await builder.send(message(job));
      expect(builder.closed).toBe('unexpected-frame');
    }
  });

  test('of another builder cannot be touched: every message is refused, nothing changes', async () => {
    const { backend, job, held } = await building();
    const thief = new RawBuilder(backend);
    backend.enrol(thief.key.publicKey);
    await thief.greet();
    const { build } = job;
    await thief.send(
      { type: 'accept', build },
      { type: 'stage', build, stage: 'fetch' },
      log(job, 0, 'mine'),
      { type: 'heartbeat', builds: [build] },
      { type: 'decline', build, reason: 'x' },
      { type: 'resume', build, token: job.lease.token },
    );
    expect(thief.all('renewed')).toEqual([{ type: 'renewed', builds: [] }]);
    expect(thief.all('lost')).toHaveLength(4);
    await thief.send(failed(job));
    expect(thief.all('done').at(-1)?.outcome).toBe('lease-lost');
    expect(held()).toMatchObject({ state: 'running', stages: [] });
    expect(held()?.log.length).toBe(0);
  });

  test('with a wrong token is not ended', async () => {
    const { builder, job, held } = await building();
    await builder.send(failed(job, 'x'.repeat(32)));
    expect(builder.all('done').at(-1)?.outcome).toBe('lease-lost');
    expect(held()?.state).toBe('running');
  });

  test('that is cancelled takes nothing more, until the builder lets go of it', async () => {
    const { backend, builder, job } = await building();
    builder.session.cancel(job.build, 'yanked');
    builder.session.cancel(job.build, 'yanked');
    backend.queue.push(testJob());
    await builder.send(log(job, 0, 'under way'), { type: 'heartbeat', builds: [job.build] });
    expect(builder.all('cancel')).toEqual([{ type: 'cancel', build: job.build, reason: 'yanked' }]);
    expect(builder.all('offer')).toHaveLength(1);
    await builder.send({ type: 'decline', build: job.build, reason: 'cancelled' });
    expect(backend.calls.some((call) => call.startsWith('declined'))).toBe(false);
    expect(builder.all('offer')).toHaveLength(2);
    expect(builder.closed).toBeUndefined();
  });

  test('that is given back goes to another', async () => {
    const { backend, builder, job } = await building();
    await builder.send({ type: 'drain' }, { type: 'decline', build: job.build, reason: 'the builder stops' });
    expect(backend.builds.has(job.build)).toBe(false);
    expect(builder.closed).toBeUndefined();
  });
});

describe('leases', () => {
  test('are renewed by heartbeats, answered even when there is none', async () => {
    const { builder, job } = await building();
    await builder.send({ type: 'heartbeat', builds: [job.build] });
    expect(builder.all('renewed')).toEqual([
      { type: 'renewed', builds: [{ build: job.build, expiresInMs: 60_000 }] },
    ]);
    const { builder: idle } = await connected();
    await idle.send({ type: 'heartbeat', builds: [] });
    expect(idle.all('renewed')).toEqual([{ type: 'renewed', builds: [] }]);
  });

  test('that have ended are told of, and the slot is free again', async () => {
    const { backend, builder, job } = await building();
    backend.expire(job.build);
    backend.queue.push(testJob());
    await builder.send({ type: 'heartbeat', builds: [job.build] });
    expect(builder.all('lost')).toEqual([{ type: 'lost', build: job.build }]);
    expect(builder.all('offer')).toHaveLength(2);
  });

  test('of a build that is dropped from the heartbeat are let go', async () => {
    const { backend, builder } = await building();
    backend.queue.push(testJob());
    await builder.send({ type: 'heartbeat', builds: [] });
    expect(builder.all('offer')).toHaveLength(2);
    expect(builder.all('lost')).toEqual([]);
  });
});

describe('logs', () => {
  test('a gap closes the connection; a repetition is taken once', async () => {
    const { builder, job, held } = await building();
    await builder.send(log(job, 0, 'abc'), log(job, 0, 'abc'), log(job, 1, 'bcdef'));
    expect(held()?.log.toString()).toBe('abcdef');
    await builder.send(log(job, 7, 'x'));
    expect(builder.closed).toBe('log-gap');
    expect(builder.closeReason).toContain('It ends at 6, the chunk begins at 7.');
  });

  test('more than the window without an answer closes the connection', async () => {
    const { builder, job } = await building({ log: () => new Promise(() => undefined) });
    const chunk = 'x'.repeat(65_536);
    for (let offset = 0; offset < LOG_WINDOW_BYTES; offset += chunk.length) {
      await builder.send(log(job, offset, chunk));
    }
    expect(builder.closed).toBeUndefined();
    await builder.send(log(job, LOG_WINDOW_BYTES, 'x'));
    expect(builder.closed).toBe('log-window');
  });

  test('a store that lost bytes is our fault: the builder connects again and learns where the log ends', async () => {
    const { builder, job } = await building({ log: async () => 1 });
    await builder.send(log(job, 0, 'abc'));
    expect(builder.closed).toBe('internal-error');
  });
});

describe('a new connection', () => {
  test('goes on with a build where its log ends', async () => {
    const { backend, builder, job, held } = await building();
    await builder.send(log(job, 0, 'abc'));
    await builder.drop();
    await builder.session.ended;
    expect(backend.calls).toContain('disconnected builder-1 offered=0 running=1');
    const again = await new RawBuilder(backend, { key: builder.key }).greet();
    await again.send({ type: 'resume', build: job.build, token: job.lease.token });
    expect(again.heard.at(-1)).toEqual({
      type: 'resumed',
      build: job.build,
      logOffset: 3,
      expiresInMs: 60_000,
    });
    // A heartbeat that was under way when the build was resumed does not drop it.
    await again.send({ type: 'heartbeat', builds: [] }, log(job, 3, 'def'), failed(job));
    expect(held()?.log.toString()).toBe('abcdef');
    expect(again.all('done')).toMatchObject([{ outcome: 'recorded' }]);
  });

  test('is told of builds whose lease has ended, and refused those of a wrong token', async () => {
    const { backend, builder, job } = await building();
    await builder.drop();
    const again = await new RawBuilder(backend, { key: builder.key }).greet();
    await again.send({ type: 'resume', build: job.build, token: 'x'.repeat(32) });
    expect(again.heard.at(-1)).toEqual({ type: 'lost', build: job.build });
    backend.expire(job.build);
    await again.send({ type: 'resume', build: job.build, token: job.lease.token });
    expect(again.all('lost')).toHaveLength(2);
  });

  test('can report a result of the one before, and let go of a build it has just resumed', async () => {
    const { backend, builder, job } = await building();
    await builder.drop();
    const again = await new RawBuilder(backend, { key: builder.key }).greet();
    await again.send(failed(job));
    expect(again.all('done')).toMatchObject([{ outcome: 'recorded' }]);
    const other = await building();
    await other.builder.drop();
    const third = await new RawBuilder(other.backend, { key: other.builder.key }).greet();
    await third.send(
      { type: 'resume', build: other.job.build, token: other.job.lease.token },
      { type: 'decline', build: other.job.build, reason: 'the builder stops' },
    );
    expect(third.closed).toBeUndefined();
    expect(other.backend.builds.size).toBe(0);
  });

  test('finds offers that were never accepted given back at once', async () => {
    const job = testJob();
    const { backend, builder } = await connected({ slots: 1, jobs: [job] });
    await builder.drop();
    await builder.session.ended;
    expect(backend.calls.at(-1)).toBe('disconnected builder-1 offered=1 running=0');
    expect(builder.clock.timers).toBe(0);
  });
});

test('a hook that fails closes its own connection and no other', async () => {
  const { backend, builder, job } = await building({
    stage: async () => Promise.reject(new Error('the database is away: password=hunter2')),
  });
  const other = new RawBuilder(backend);
  backend.enrol(other.key.publicKey);
  await other.greet();
  await builder.send({ type: 'stage', build: job.build, stage: 'fetch' });
  expect(builder.closed).toBe('internal-error');
  expect(builder.closeReason).not.toContain('hunter2');
  await other.send({ type: 'heartbeat', builds: [] });
  expect(other.closed).toBeUndefined();
});

test('a flood of messages stops the reading until they are worked off', async () => {
  const waiting: (() => void)[] = [];
  const { builder } = await connected({
    hooks: {
      claim: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return [];
      },
      complete: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return 'lease-lost';
      },
    },
  });
  const results = Array.from({ length: 100 }, (_, index) => ({
    type: 'complete',
    build: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` as BuildId,
    token: 'x'.repeat(32),
    result: {
      kind: 'metadata',
      facts: { binaries: [], library: [], features: [], defaultFeatures: [], lockfile: true },
    },
  }));
  await builder.send(...results);
  expect(waiting.length).toBe(64);
  for (const release of waiting.splice(0)) release();
  await settle();
  expect(waiting.length).toBe(36);
  for (const release of waiting.splice(0)) release();
  await settle();
  expect(builder.all('done')).toHaveLength(100);
  expect(builder.closed).toBeUndefined();
});
