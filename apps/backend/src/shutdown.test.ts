import { randomBytes } from 'node:crypto';
import { Agent, get, type IncomingMessage } from 'node:http';
import { failure } from '@buildsrs/common';
import { appendLog, claimTask, failBuild, listArtifactsOfBuild, requestTask } from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { publishFile } from './testing/publish.ts';
import { createTestHouse, startTestBackend } from './testing/test-backend.ts';

/** Larger than what sockets and streams hold on their way, so that its download is under way until it is read. */
const BIG = randomBytes(16 * 1024 * 1024);

describe('a backend that stops', () => {
  it('ends downloads that are under way and counts them, and takes nothing new', async () => {
    await using house = await createTestHouse();
    const backend = await startTestBackend(house);
    const file = await publishFile(backend.context, 'big', BIG);
    const agent = new Agent({ keepAlive: true });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${backend.url}${file.path}`, { agent }, resolve).on('error', reject);
    });
    const stopped = backend.stop();
    await eventually(
      () =>
        fetch(`${backend.url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      (door) => door === 'closed',
    );
    let size = 0;
    for await (const chunk of response) size += (chunk as Buffer).byteLength;
    expect(size).toBe(BIG.byteLength);
    await stopped;
    agent.destroy();
    expect((await listArtifactsOfBuild(house.db, file.build))[0]?.downloads).toBe(1);
  });

  it('ends the streams of those who follow a build, who then ask another', async () => {
    await using house = await createTestHouse();
    const backend = await startTestBackend(house);
    const builderId = await seedBuilder(house.db, 'followed');
    const versionId = await seedVersion(house.db, 'followed');
    await requestTask(house.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
    const wanted = { builderId, targets: [TEST_TARGET], kinds: ['binary'], isolationLevel: 0 } as const;
    const task = await claimTask(house.db, { ...wanted, leaseMs: 600_000 });
    if (task === undefined) throw new Error('no task');
    await appendLog(house.db, { build: task.buildId, offset: 0, bytes: Buffer.from('first\n') });
    const follow = async (url: string): Promise<string> => {
      const response = await fetch(`${url}/api/v1/builds/${task.buildId}/log?follow=1`);
      return await response.text();
    };
    const first = follow(backend.url);
    await eventually(
      () => backend.context.watches.size,
      (size) => size === 1,
    );
    await backend.stop();
    expect('first\n'.startsWith(await first)).toBe(true);

    await using other = await startTestBackend(house);
    const second = follow(other.url);
    await failBuild(house.db, {
      build: task.buildId,
      token: task.token,
      failure: failure('timeout', 'Late.'),
    });
    expect(await second).toBe('first\n');
  });

  it('does so once, however often it is told', async () => {
    await using house = await createTestHouse();
    const backend = await startTestBackend(house);
    await Promise.all([backend.stop(), backend.stop()]);
    await backend.stop();
    expect(backend.context.stopping.aborted).toBe(true);
  });
});
