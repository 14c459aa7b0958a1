import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { listBuilds, requestTask } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { generateBuilderKey, parsePublicKey } from '@buildsrs/protocol/ssh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { createTestHouse, startTestBackend, type TestHouse } from '../testing/test-backend.ts';
import { enrolTestBuilder, TestBuilder } from '../testing/test-builder.ts';

const MAKE = join(import.meta.dirname, '..', 'make-scheduler-key.ts');
let house: TestHouse;
let folder: string;

beforeAll(async () => {
  house = await createTestHouse();
  folder = mkdtempSync(join(tmpdir(), 'scheduler-key-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await house[Symbol.asyncDispose]();
});

async function make(...args: string[]) {
  const child = spawn(process.execPath, [MAKE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: (await exited)[0] as number, stdout, stderr };
}

test('is made once by a program, which says what builders pin', async () => {
  const file = join(folder, 'once');
  const made = await make('--scheduler-key', file);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toEqual({
    key: file,
    publicKey: expect.stringMatching(/^ssh-ed25519 \S+ builds\.rs scheduler$/),
    fingerprint: expect.stringMatching(/^SHA256:/),
  });
  expect(await make('--scheduler-key', file)).toEqual(made);
  expect(await make()).toMatchObject({ code: 2, stderr: expect.stringContaining('--scheduler-key FILE') });
});

test('signs the jobs of a backend: who pins it takes them, who pins another has none of them', async () => {
  const file = join(folder, 'key');
  const { publicKey } = JSON.parse((await make('--scheduler-key', file)).stdout) as { publicKey: string };
  await using backend = await startTestBackend(house, { flags: ['--scheduler-key', file] });
  const versionId = await seedVersion(house.db, 'signed');
  await requestTask(house.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });

  const wary = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'wary'), {
    schedulerKey: generateBuilderKey().publicKey,
  });
  wary.session.request(1);
  await eventually(
    async () => await listBuilds(house.db, {}, { limit: 10 }),
    ({ items }) => items.some((build) => build.outcome === 'cancelled'),
  );
  await wary.close();
  expect(wary.heard.map((message) => message.type)).not.toContain('offer');

  const builder = await TestBuilder.welcomed(backend.url, await enrolTestBuilder(house.db, 'trusting'), {
    schedulerKey: parsePublicKey(publicKey),
  });
  expect(await builder.takeJob()).toMatchObject({ crate: 'signed' });
  await builder.close();
});

test.each([
  ['none', 'builds-make-scheduler-key'],
  ['text', "not a builder's key file"],
])(
  'a backend whose key is %s does not start, and says why before it opens anything',
  async (name, sentence) => {
    writeFileSync(join(folder, 'text'), 'hello', { mode: 0o600 });
    const nowhere = { ...house, database: 'postgres://127.0.0.1:1/nowhere' };
    const flags = ['--scheduler-key', join(folder, name)];
    await expect(startTestBackend(nowhere, { flags })).rejects.toThrow(sentence);
  },
);
