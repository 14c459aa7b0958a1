import {
  parseCrateName,
  parseDigest,
  parseTarget,
  parseVersion,
  RequestedSchema,
  type CrateFacts,
} from '@buildsrs/common';
import {
  enableTarget,
  findVersion,
  listTasksOfVersion,
  setVersionFacts,
  upsertCrateVersions,
} from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, expectAnswer, expectProblem } from '../testing/expect-answer.ts';
import {
  createMemoryBackend,
  createTestHouse,
  type Answering,
  type TestHouse,
} from '../testing/test-backend.ts';
import { factsWith } from '../testing/test-builder.ts';

let house: TestHouse;
let backend: Answering;

const request = (body: unknown) => expectAnswer(backend, '/api/v1/requests', RequestedSchema, asking(body));
const refused = (body: unknown, code: Parameters<typeof expectProblem>[2]) =>
  expectProblem(backend, '/api/v1/requests', code, asking(body));

async function seedWithFacts(crate: string, facts: CrateFacts): Promise<void> {
  await setVersionFacts(house.db, await seedVersion(house.db, crate), facts);
}

beforeAll(async () => {
  house = await createTestHouse();
  backend = await createMemoryBackend(house, { flags: ['--request-rate', '1000'] });
  await seedBuilder(house.db, 'builder');
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

describe('a request', () => {
  it('makes a task for each target, which wait for the facts of the version', async () => {
    const versionId = await seedVersion(house.db, 'wanted');
    const requested = await request({ crate: 'WANTED' });
    expect(requested).toMatchObject({ crate: 'wanted', version: '1.0.0', yanked: false });
    expect(requested.tasks).toMatchObject([{ kind: 'binary', target: TEST_TARGET, status: 'blocked' }]);
    expect(await listTasksOfVersion(house.db, versionId)).toMatchObject([
      { kind: 'metadata', target: 'generic', status: 'pending', origin: 'request', priority: 100 },
      { kind: 'binary', target: TEST_TARGET, status: 'blocked' },
    ]);
  });

  it('finds the same tasks again, however often and however many ask', async () => {
    await seedVersion(house.db, 'popular');
    const all = await Promise.all(Array.from({ length: 20 }, () => request({ crate: 'popular' })));
    expect(new Set(all.flatMap((requested) => requested.tasks.map((task) => task.id))).size).toBe(1);
  });

  it('begins at once where the facts are known', async () => {
    await seedWithFacts('known', factsWith('known'));
    const { tasks } = await request({ crate: 'known', targets: [TEST_TARGET, TEST_TARGET] });
    expect(tasks).toMatchObject([{ status: 'pending' }]);
  });

  it('builds for the enabled targets where there are any', async () => {
    await seedWithFacts('everywhere', factsWith('everywhere'));
    const arm = parseTarget('aarch64-unknown-linux-gnu');
    await enableTarget(house.db, arm);
    expect((await request({ crate: 'everywhere' })).tasks.map((task) => task.target)).toEqual([arm]);
    await enableTarget(house.db, arm, false);
  });

  it('refuses a crate that has no program', async () => {
    await seedWithFacts('library', factsWith());
    expect((await refused({ crate: 'library' }, 'no-binaries')).detail).toContain('is a library');
    const optional = {
      ...factsWith('tool'),
      binaries: [{ name: 'tool', requiredFeatures: ['cli'], default: false }],
    };
    await seedWithFacts('optional', optional);
    expect((await refused({ crate: 'optional' }, 'no-binaries')).detail).toContain('tool');
  });

  it('builds a yanked version only when it is named exactly', async () => {
    const version = (text: string, yanked: boolean) => ({
      version: parseVersion(text),
      checksum: parseDigest('ab'.repeat(32)),
      yanked,
    });
    const name = parseCrateName('withdrawn');
    await upsertCrateVersions(house.db, {
      name,
      versions: [version('1.0.0', false), version('2.0.0', true)],
    });
    expect(await request({ crate: 'withdrawn' })).toMatchObject({ version: '1.0.0', yanked: false });
    expect(await request({ crate: 'withdrawn', version: '2.0.0' })).toMatchObject({
      version: '2.0.0',
      yanked: true,
    });
    await upsertCrateVersions(house.db, { name, versions: [version('1.0.0', true), version('2.0.0', true)] });
    expect((await refused({ crate: 'withdrawn' }, 'version-yanked')).detail).toContain('Every version');
  });

  it('refuses what is not there, in one sentence', async () => {
    await seedVersion(house.db, 'ripgrep');
    const unknown = await refused({ crate: 'ripgerp' }, 'crate-not-found');
    expect(unknown.suggestions?.[0]).toBe('ripgrep');
    const version = await refused({ crate: 'ripgrep', version: '99.0.0' }, 'version-not-found');
    expect(version.detail).toBe('ripgrep has no version 99.0.0. The newest is 1.0.0.');
    const target = await refused({ crate: 'ripgrep', targets: ['sparc64-unknown-netbsd'] }, 'no-builder');
    expect(target.detail).toBe(
      `No builder offers the target sparc64-unknown-netbsd. There are: ${TEST_TARGET}.`,
    );
    const row = await findVersion(house.db, parseCrateName('ripgrep'), 'latest');
    expect(await listTasksOfVersion(house.db, row?.id ?? -1)).toEqual([]);
  });

  it.each([
    [{}, 'crate'],
    [{ crate: '../etc' }, 'crate'],
    [{ crate: 'a', version: '^1' }, 'version'],
    [{ crate: 'a', targets: [] }, 'targets'],
    [{ crate: 'a', targets: ['x y'] }, 'targets.0'],
    [{ crate: 'a', extra: 1 }, 'extra'],
    [[], 'crate'],
    [null, ''],
  ])('refuses %j and names what is wrong', async (body, path) => {
    const problem = await refused(body, 'invalid-request');
    expect(problem.issues?.[0]?.path).toBe(path);
  });
});
