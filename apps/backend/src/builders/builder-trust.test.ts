import { BuilderSchema, failure, pageOf, type Builder } from '@buildsrs/common';
import { requestTask } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../start-backend.ts';
import { eventually } from '../testing/eventually.ts';
import {
  createTestHouse,
  startTestBackend,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { enrolTestBuilder, TestBuilder } from '../testing/test-builder.ts';

let house: TestHouse;
let backend: Backend & Answering;

beforeAll(async () => {
  house = await createTestHouse();
  backend = await startTestBackend(house);
});
afterAll(async () => {
  await backend.stop();
  await house[Symbol.asyncDispose]();
});

async function shown(name: string): Promise<Builder | undefined> {
  const answer = await (await backend.request('/api/v1/builders')).json();
  return v.parse(pageOf(BuilderSchema), answer).items.find((builder) => builder.name === name);
}

it('a builder that takes nothing for now is shown with its reason, until it does again', async () => {
  const builder = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'full'));
  builder.session.request(0, 'only 9 % of its disk is free');
  const paused = async () => (await shown('full'))?.paused;
  await eventually(paused, (reason) => reason === 'only 9 % of its disk is free');
  builder.session.request(2);
  await eventually(paused, (reason) => reason === null);
  await builder.close();
});

it('a builder that fails everything is suspended, and a good one goes on with its tasks', async () => {
  const bad = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'bad'));
  const good = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'good'));
  for (let count = 0; count < 6; count += 1) {
    const versionId = await seedVersion(house.db, `errs-${count}`);
    await requestTask(house.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  }
  for (let count = 0; count < 5; count += 1) {
    const job = await bad.takeJob();
    bad.session.failed(job.build, job.lease.token, failure('executor-error', 'There is no disk.'));
    await bad.hears('done', (done) => done.build === job.build);
  }
  expect(await shown('bad')).toMatchObject({
    connected: true,
    suspended: { until: expect.any(String), reason: expect.stringContaining('There is no disk.') },
  });
  expect(await good.takeJob()).toMatchObject({ crate: expect.stringMatching(/^errs-/) });
  expect(bad.heard.filter((message) => message.type === 'offer')).toEqual([]);
  await bad.close();
  await good.close();
});
