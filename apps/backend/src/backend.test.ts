import { randomBytes, createHash } from 'node:crypto';
import { RequestedSchema, TaskDetailSchema } from '@buildsrs/common';
import { enableTarget } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import pino from 'pino';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { createTestHouse, startTestBackend, type TestHouse } from './testing/test-backend.ts';
import {
  binaryResult,
  enrolTestBuilder,
  factsWith,
  putArtifact,
  TestBuilder,
} from './testing/test-builder.ts';

let house: TestHouse;

beforeAll(async () => {
  house = await createTestHouse();
  await enableTarget(house.db, TEST_TARGET);
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

describe('the way of a crate', () => {
  it('goes from a request over metadata and build to a download', async () => {
    let told = '';
    const log = pino({ level: 'debug' }, { write: (line) => (told += line) });
    await using backend = await startTestBackend(house, { log });
    await seedVersion(house.db, 'whole-way');
    const key = await enrolTestBuilder(house.db, 'whole-way');
    const builder = await TestBuilder.welcomed(backend.url, key);

    const requested = await backend.request('/api/v1/requests', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ crate: 'whole-way' }),
    });
    expect(requested.status).toBe(202);
    const [task] = v.parse(RequestedSchema, await requested.json()).tasks;
    expect(task).toMatchObject({ kind: 'binary', status: 'blocked', target: TEST_TARGET });

    const metadata = await builder.takeJob();
    expect(metadata).toMatchObject({ kind: 'metadata', crate: 'whole-way', target: 'generic' });
    expect(await builder.complete(metadata, { kind: 'metadata', facts: factsWith('whole-way') })).toBe(
      'recorded',
    );

    const job = await builder.takeJob();
    expect(job).toMatchObject({ kind: 'binary', task: task?.id });
    builder.session.stage(job.build, 'build');
    builder.session.log(job.build, 0, Buffer.from('Compiling whole-way\n'));
    await builder.hears('logged');

    const name = 'whole-way-1.0.0.tar.gz';
    const bytes = randomBytes(200_000);
    expect((await putArtifact(job, name, bytes)).status).toBe(201);
    const path = `/crates/whole-way/1.0.0/${TEST_TARGET}/${name}`;
    expect((await backend.request(path)).status).toBe(404);
    expect(await builder.complete(job, binaryResult(job, { [name]: bytes }))).toBe('recorded');

    const download = await backend.request(path);
    expect(download.status).toBe(200);
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
    const detail = v.parse(
      TaskDetailSchema,
      await (await backend.request(`/api/v1/tasks/${task?.id}`)).json(),
    );
    expect(detail.status).toBe('built');
    expect(detail.artifacts).toMatchObject([
      { name, sha256: createHash('sha256').update(bytes).digest('hex'), url: `${backend.url}${path}` },
    ]);
    const written = await eventually(
      async () => await (await backend.request(`/api/v1/builds/${job.build}/log`)).text(),
      (text) => text !== '',
    );
    expect(written).toBe('Compiling whole-way\n');
    await builder.close();
    expect(told).toContain('build succeeded');
    for (const secret of [job.lease.token, metadata.lease.token, house.database]) {
      expect(told).not.toContain(secret);
    }
  });
});
