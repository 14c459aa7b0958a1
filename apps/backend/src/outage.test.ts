import { randomBytes } from 'node:crypto';
import { findTask, requestTask } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { createTcpGate } from './testing/tcp-gate.ts';
import { createTestHouse, startTestBackend } from './testing/test-backend.ts';
import { binaryResult, enrolTestBuilder, putArtifact, TestBuilder } from './testing/test-builder.ts';

describe('while the database is away', () => {
  it('answers that it is, keeps running, and goes on with builds when it is back', async () => {
    await using house = await createTestHouse();
    await using gate = await createTcpGate(house.database);
    await using backend = await startTestBackend({ ...house, database: gate.url });
    const key = await enrolTestBuilder(house.db, 'outage');
    const versionId = await seedVersion(house.db, 'outlived');
    const wanted = { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' } as const;
    await requestTask(house.db, wanted);
    const builder = await TestBuilder.welcomed(backend.url, key);
    const job = await builder.takeJob();
    await eventually(
      async () => (await findTask(house.db, job.task))?.status,
      (status) => status === 'building',
    );

    await gate.cut();
    for (const path of ['/readyz', '/api/v1/queue', `/api/v1/builds/${job.build}`]) {
      const response = await backend.request(path);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.json()).toMatchObject({ code: 'unavailable' });
    }
    expect((await putArtifact(job, 'a.tar.gz', randomBytes(10))).status).toBe(503);
    builder.session.stage(job.build, 'build');
    await builder.hears('closed');

    await gate.open();
    await eventually(
      async () => (await backend.request('/readyz')).status,
      (status) => status === 200,
    );
    const back = await TestBuilder.welcomed(backend.url, key);
    back.session.resume(job.build, job.lease.token);
    await back.hears('resumed');
    const bytes = randomBytes(30);
    expect((await putArtifact(job, 'a.tar.gz', bytes)).status).toBe(201);
    expect(await back.complete(job, binaryResult(job, { 'a.tar.gz': bytes }))).toBe('recorded');
    // The listening connection broke too: a task wanted now is still found, by LISTEN made anew or by looking.
    await requestTask(house.db, { ...wanted, versionId: await seedVersion(house.db, 'later') });
    expect((await back.takeJob()).crate).toBe('later');
    await back.close();
  });
});
