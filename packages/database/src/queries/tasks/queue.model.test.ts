import { failure, parseTarget, type BuilderId, type BuildId, type Target } from '@buildsrs/common';
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  record,
} from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, seedBuilder, seedVersion, type TestDatabase } from '../../testing/index.ts';
import { completeBuild } from '../builds/complete-build.ts';
import { failBuild } from '../builds/fail-build.ts';
import { claimTask } from './claim-task.ts';
import { listTasksOfVersion } from './find-tasks.ts';
import { beginBuild, declineBuild, renewLeases } from './lease.ts';
import { MODEL_ATTEMPTS, QueueModel } from '../../testing/queue-model.ts';
import { reapExpired } from './reap-expired.ts';
import { requestTask } from './request-task.ts';

const POLICY = { maxAttempts: MODEL_ATTEMPTS, firstDelayMs: 0, maxDelayMs: 0 };

let database: TestDatabase;
let builderId: BuilderId;
beforeAll(async () => {
  database = await createTestDatabase();
  builderId = await seedBuilder(database.db, 'builder');
});
afterAll(async () => await database[Symbol.asyncDispose]());

type Step =
  | { do: 'request'; variant: string; origin: 'request' | 'policy'; priority: number }
  | { do: 'claim' }
  | { do: 'reap' }
  | { do: 'begin' | 'renew' | 'expire' | 'complete' | 'decline' | 'steal'; nth: number }
  | { do: 'fail'; nth: number; retryable: boolean };

const nth = nat(20);
const steps = array(
  oneof<{ arbitrary: ReturnType<typeof constant<Step>>; weight: number }[]>(
    {
      weight: 3,
      arbitrary: record({
        do: constant('request' as const),
        variant: constantFrom('a', 'b', 'c', 'd'),
        origin: constantFrom('request' as const, 'policy' as const),
        priority: nat(3),
      }),
    },
    { weight: 5, arbitrary: constant<Step>({ do: 'claim' }) },
    { weight: 2, arbitrary: constant<Step>({ do: 'reap' }) },
    { weight: 2, arbitrary: record({ do: constant('expire' as const), nth }) },
    { weight: 2, arbitrary: record({ do: constantFrom('begin' as const, 'renew' as const), nth }) },
    { weight: 4, arbitrary: record({ do: constantFrom('complete' as const, 'decline' as const), nth }) },
    { weight: 1, arbitrary: record({ do: constant('steal' as const), nth }) },
    { weight: 3, arbitrary: record({ do: constant('fail' as const), nth, retryable: boolean() }) },
  ),
  { minLength: 5, maxLength: 40 },
);

/** What the real queue answered, and what the model says it should. */
type Answers = readonly [real: unknown, meant: unknown];
const SAME: Answers = [true, true];

/** The real queue beside the model; every step is done to both. */
class Run {
  readonly model = new QueueModel();
  readonly tokens: { build: BuildId; token: string }[] = [];
  readonly versionId: number;
  readonly target: Target;

  constructor(versionId: number, target: Target) {
    this.versionId = versionId;
    this.target = target;
  }

  async step(step: Step): Promise<Answers> {
    if (step.do === 'request') {
      const { variant, origin, priority } = step;
      this.model.request(variant, origin, priority);
      const wanted = { versionId: this.versionId, kind: 'binary', target: this.target } as const;
      await requestTask(database.db, { ...wanted, variant, origin, priority });
      return SAME;
    }
    if (step.do === 'claim') return await this.claim();
    if (step.do === 'reap') {
      const reaped = (await reapExpired(database.db, POLICY)).map((build) => build.build as string);
      const ours = reaped.filter((id) => this.model.builds.has(id));
      return [ours.toSorted(), this.model.reap().toSorted()];
    }
    const held = this.tokens[step.nth % Math.max(1, this.tokens.length)];
    return held === undefined ? SAME : await this.report(step, held);
  }

  private async claim(): Promise<Answers> {
    const meant = this.model.next();
    const claimed = await claimTask(database.db, {
      builderId,
      targets: [this.target],
      kinds: ['binary'],
      isolationLevel: 0,
      leaseMs: 600_000,
    });
    if (claimed !== undefined && meant !== undefined) {
      this.model.claimed(meant, claimed.buildId);
      this.tokens.push({ build: claimed.buildId, token: claimed.token });
    }
    return [claimed?.variant, meant?.variant];
  }

  /** What the holder of a lease, or somebody who once was, can do. */
  private async report(
    step: Extract<Step, { nth: number }>,
    held: { build: BuildId; token: string },
  ): Promise<Answers> {
    const { db } = database;
    const { build } = held;
    switch (step.do) {
      case 'begin':
        return [await beginBuild(db, { build, builderId }), this.model.begin(build)];
      case 'renew': {
        const renewed = await renewLeases(db, { builderId, builds: [build], leaseMs: 600_000 });
        return [renewed.length === 1, this.model.renew(build)];
      }
      case 'expire':
        this.model.expire(build);
        await sql`update builds set lease_expires_at = now() where id = ${build} and outcome is null`.execute(
          db,
        );
        return SAME;
      case 'complete':
        return [(await completeBuild(db, held)) === 'recorded', this.model.complete(build)];
      case 'steal':
        return [await completeBuild(db, { build, token: 'guessed' }), 'lease-lost'];
      case 'decline':
        return [await declineBuild(db, { build, builderId, delayMs: 0 }), this.model.decline(build)];
      case 'fail': {
        const reason = failure(step.retryable ? 'fetch-error' : 'compiler-error', 'It failed.');
        const outcome = await failBuild(db, { ...held, failure: reason }, POLICY);
        return [outcome === 'recorded', this.model.fail(build, step.retryable)];
      }
    }
  }

  /** Every task as the database has it, and as the model has it. */
  async tasks(): Promise<Answers> {
    const rows = await listTasksOfVersion(database.db, this.versionId);
    const real = rows.map((row) => [
      row.variant,
      row.status,
      row.priority,
      row.attempts,
      row.origin === 'request',
      row.publishedBuildId ?? undefined,
      row.buildId ?? undefined,
    ]);
    const meant = [...this.model.tasks.values()].map((task) => [
      task.variant,
      task.status,
      task.priority,
      task.attempts,
      task.requested,
      task.published,
      task.build,
    ]);
    return [real, meant];
  }
}

it('does what its model does, whatever happens in whatever order', async () => {
  expect.hasAssertions();
  let number = 0;
  await assert(
    asyncProperty(steps, async (sequence) => {
      number += 1;
      const target = parseTarget(`model${number}-unknown-linux-gnu`);
      const run = new Run(await seedVersion(database.db, `model-${number}`), target);
      for (const step of sequence) {
        const [real, meant] = await run.step(step);
        expect(real).toEqual(meant);
        const [realTasks, meantTasks] = await run.tasks();
        expect(realTasks).toEqual(meantTasks);
      }
    }),
    { numRuns: 60 },
  );
}, 300_000);
