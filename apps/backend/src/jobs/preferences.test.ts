import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  JobSchema,
  RequestedSchema,
  VersionDetailSchema,
  type BuilderId,
  type BuildPreferences,
} from '@buildsrs/common';
import {
  claimTask,
  enableTarget,
  findTask,
  listTasksOfVersion,
  metadataRequest,
  requestTask,
  setVersionFacts,
  type ClaimedTask,
} from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishBuild } from '../builds/publish-build.ts';
import { asking, expectAnswer, expectProblem } from '../testing/expect-answer.ts';
import {
  createMemoryBackend,
  createTestHouse,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { factsWith } from '../testing/test-builder.ts';
import { makeJob } from './make-job.ts';
import { readOverridesFile } from './read-overrides-file.ts';

const OVERRIDES = `
[[crate]]
name = "banned"
build = false
[[crate]]
name = "tuned"
version = ">=1"
features = ["fast"]
environment = { OPENSSL_STATIC = "1" }
[[crate]]
name = "rescued"
features = ["cli"]
[[crate]]
name = "chosen"
bins = ["other"]
[[crate]]
name = "freed"
build = true
`;

let house: TestHouse;
let backend: Answering;
let folder: string;
let builderId: BuilderId;

beforeAll(async () => {
  house = await createTestHouse();
  folder = await mkdtemp(join(tmpdir(), 'buildsrs-overrides-'));
  const file = join(folder, 'overrides.toml');
  await writeFile(file, OVERRIDES);
  backend = await createMemoryBackend(house, { flags: ['--overrides', file, '--request-rate', '1000'] });
  builderId = await seedBuilder(house.db, 'builder');
  await enableTarget(house.db, TEST_TARGET);
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const wishing = (preferences: BuildPreferences) => ({ ...factsWith('tool'), preferences });
const request = (crate: string) =>
  expectAnswer(backend, '/api/v1/requests', RequestedSchema, asking({ crate }));
const refused = async (crate: string) =>
  (await expectProblem(backend, '/api/v1/requests', 'opted-out', asking({ crate }))).detail;

/** Gives the next task to the builder and takes it out of the way of others. */
async function claim(versionId: number, kind: 'binary' | 'metadata'): Promise<ClaimedTask> {
  await house.db.updateTable('tasks').set({ priority: 1_000 }).where('versionId', '=', versionId).execute();
  const claimed = await claimTask(house.db, {
    builderId,
    targets: [TEST_TARGET, 'generic' as never],
    kinds: [kind],
    isolationLevel: 0,
    leaseMs: 600_000,
  });
  expect(claimed?.versionId).toBe(versionId);
  return claimed as ClaimedTask;
}

async function jobOf(crate: string, preferences: BuildPreferences) {
  const versionId = await seedVersion(house.db, crate);
  await setVersionFacts(house.db, versionId, wishing(preferences));
  await request(crate);
  const task = await claim(versionId, 'binary');
  const registry = { index: 'sparse+http://registry.test/', dl: 'http://registry.test', api: null };
  const { address, overrides } = backend.context;
  return v.parse(JobSchema, makeJob(task, { registry, address, leaseMs: 600_000, overrides }));
}

/** Reports the facts of a version the policy asked about; gives the tasks there are then. */
async function learn(crate: string, preferences: BuildPreferences, origin: 'policy' | 'request' = 'policy') {
  const versionId = await seedVersion(house.db, crate);
  const metadata = await requestTask(house.db, metadataRequest({ versionId, origin }));
  const waiting =
    origin === 'policy'
      ? undefined
      : await requestTask(house.db, {
          versionId,
          origin,
          kind: 'binary',
          target: TEST_TARGET,
          blockedOn: metadata.id,
        });
  const task = await claim(versionId, 'metadata');
  const result = { kind: 'metadata', facts: wishing(preferences) } as const;
  const report = { build: task.buildId, token: task.token, result };
  expect(await publishBuild(backend.context, report)).toBe('recorded');
  const tasks = await listTasksOfVersion(house.db, versionId);
  return { waiting, made: tasks.filter((one) => one.kind === 'binary').map((one) => one.target) };
}

describe('a job', () => {
  it('has what the author wants', async () => {
    const wanted = {
      features: ['cli'],
      noDefaultFeatures: true,
      bins: ['tool'],
      packages: ['cmake' as const],
    };
    expect(await jobOf('wishing', { ...wanted, targets: [TEST_TARGET] })).toMatchObject(wanted);
  });

  it('has what the operator wants instead, where that is said', async () => {
    const job = await jobOf('tuned', {
      features: ['cli'],
      bins: ['tool'],
      environment: { SQLX_OFFLINE: 'true' },
    });
    expect(job).toMatchObject({
      features: ['fast'],
      bins: ['tool'],
      environment: { OPENSSL_STATIC: '1', SQLX_OFFLINE: 'true' },
    });
  });

  it('is as ever for crates nobody said anything about', async () => {
    const job = await jobOf('plain', {});
    for (const name of ['features', 'noDefaultFeatures', 'bins', 'packages', 'environment'])
      expect(job).not.toHaveProperty(name);
  });
});

describe('a crate whose author does not want it built', () => {
  it('is refused, and what waits for its facts fails', async () => {
    const { waiting } = await learn('declining', { rebuild: 'never' }, 'request');
    expect(await findTask(house.db, waiting?.id ?? (-1 as never))).toMatchObject({
      status: 'failed',
      failure: { kind: 'opted-out', retryable: false, message: expect.stringContaining('its author') },
    });
    expect(await refused('declining')).toBe('declining 1.0.0 is not built here: its author asks for that.');
  });

  it('is refused by the operator even before its facts are known', async () => {
    await seedVersion(house.db, 'banned');
    expect(await refused('banned')).toContain('the operator of this instance');
  });

  it('is built when the operator says so', async () => {
    expect((await learn('freed', { rebuild: 'never' })).made).toEqual([TEST_TARGET]);
  });
});

describe('the policy', () => {
  it('builds for the targets the author wants, and nothing that is for requests only', async () => {
    expect((await learn('ordinary', {})).made).toEqual([TEST_TARGET]);
    expect((await learn('elsewhere', { targets: ['aarch64-apple-darwin' as never] })).made).toEqual([]);
    expect((await learn('shy', { rebuild: 'on-request' })).made).toEqual([]);
    expect((await request('shy')).tasks).toMatchObject([{ kind: 'binary', status: 'pending' }]);
  });
});

it('a crate without programs may have some with the operator’s features', async () => {
  const facts = { ...factsWith(), binaries: [{ name: 'tool', requiredFeatures: ['cli'], default: false }] };
  await setVersionFacts(house.db, await seedVersion(house.db, 'rescued'), facts);
  expect((await request('rescued')).tasks).toMatchObject([{ status: 'pending' }]);
});

it('a version shows the programs the operator has published of it', async () => {
  await setVersionFacts(house.db, await seedVersion(house.db, 'chosen'), factsWith('tool', 'other'));
  const version = await expectAnswer(backend, '/api/v1/crates/chosen/1.0.0', VersionDetailSchema);
  expect(version.facts?.binaries.filter((binary) => binary.default).map(({ name }) => name)).toEqual([
    'other',
  ]);
});

it('an override file that cannot be read or understood is said at the start', async () => {
  await expect(readOverridesFile(join(folder, 'none.toml'))).rejects.toThrow('cannot be read (ENOENT)');
  const bad = join(folder, 'bad.toml');
  await writeFile(bad, '[[crate]]\nname = "a"\nfeature = []');
  await expect(readOverridesFile(bad)).rejects.toThrow('"feature" is no key that is known');
  expect(await readOverridesFile(undefined)).toEqual([]);
});
