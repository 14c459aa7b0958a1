import { type ArtifactName } from '@buildsrs/common';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, digestOf, seedBuilder, seedVersion, TEST_TARGET } from '../../testing/index.ts';
import {
  findArtifact,
  findArtifactsBySha256,
  listArtifactsOfBuild,
  listArtifactsOfVersion,
  listMembers,
} from '../artifacts/find-artifacts.ts';
import { addDownloads, listDownloads } from '../downloads.ts';
import { claimTask } from '../tasks/claim-task.ts';
import { requestTask } from '../tasks/request-task.ts';
import { completeBuild, type NewArtifact } from './complete-build.ts';
import { findBuild, listBuilds } from './find-builds.ts';
import { listUploads, recordUpload, takeAbandonedUploads } from './uploads.ts';

const FILE = 'wanted-1.0.0.tar.gz' as ArtifactName;
const ADDRESS = { crate: 'wanted' as never, version: '1.0.0' as never, target: TEST_TARGET, file: FILE };

function archive(content: string): NewArtifact {
  return {
    name: FILE,
    sha256: digestOf(content),
    size: content.length,
    mediaType: 'application/gzip',
    members: [{ path: 'wanted', sha256: digestOf(`${content} inside`), size: 3, executable: true }],
  };
}

async function scene(db: Awaited<ReturnType<typeof createTestDatabase>>['db']) {
  const builderId = await seedBuilder(db, 'builder');
  const versionId = await seedVersion(db, 'wanted');
  const start = async (rebuild = false) => {
    await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request', rebuild });
    const claimed = await claimTask(db, {
      builderId,
      targets: [TEST_TARGET],
      kinds: ['binary'],
      isolationLevel: 0,
      leaseMs: 60_000,
    });
    if (claimed === undefined) throw new Error('There was nothing to claim.');
    return { build: claimed.buildId, token: claimed.token };
  };
  return { versionId, start };
}

it('publishes artifacts, members and objects together, and once', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { versionId, start } = await scene(db);
  const held = await start();
  await recordUpload(db, {
    buildId: held.build,
    name: FILE,
    sha256: digestOf('one'),
    size: 3,
    staging: 'place',
  });
  expect(await findArtifact(db, ADDRESS)).toBeUndefined();
  const report = { ...held, artifacts: [archive('one')] };
  const outcomes = await Promise.all([completeBuild(db, report), completeBuild(db, report)]);
  expect(outcomes.toSorted()).toEqual(['already-recorded', 'recorded']);
  const found = await findArtifact(db, { ...ADDRESS, crate: 'WANTED' as never });
  expect(found).toMatchObject({
    buildId: held.build,
    sha256: digestOf('one'),
    size: 3,
    published: true,
    downloads: 0,
  });
  expect(await listArtifactsOfVersion(db, versionId)).toEqual([found]);
  expect(await listArtifactsOfBuild(db, held.build)).toEqual([found]);
  expect(await listMembers(db, held.build)).toEqual(archive('one').members);
  expect(await findArtifactsBySha256(db, digestOf('one'))).toEqual([found]);
  expect(await findArtifactsBySha256(db, digestOf('one inside'))).toEqual([found]);
  expect(await findBuild(db, held.build)).toMatchObject({ outcome: 'succeeded', builderName: 'builder' });
  expect(await listUploads(db, held.build)).toEqual([]);
});

it('publishes the newer of two builds and keeps the older by its id', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { start } = await scene(db);
  const first = await start();
  await completeBuild(db, { ...first, artifacts: [archive('one')] });
  const second = await start(true);
  expect(await findArtifact(db, ADDRESS)).toMatchObject({ sha256: digestOf('one') });
  await completeBuild(db, { ...second, artifacts: [archive('two')] });
  expect(await findArtifact(db, ADDRESS)).toMatchObject({ sha256: digestOf('two') });
  expect(await listArtifactsOfBuild(db, first.build)).toMatchObject([
    { sha256: digestOf('one'), published: false },
  ]);
  const page = await listBuilds(db, { crate: 'wanted' as never }, { limit: 1 });
  expect(page.items.map((build) => build.id)).toEqual([second.build]);
  const rest = await listBuilds(db, {}, { limit: 1, cursor: page.next ?? '' });
  expect(rest.items.map((build) => build.id)).toEqual([first.build]);
  expect(rest.next).toBeNull();
});

it('leaves nothing of a report that fails half-way', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { start } = await scene(db);
  const held = await start();
  const twice = { ...held, artifacts: [archive('one'), archive('two')] };
  await expect(completeBuild(db, twice)).rejects.toThrow('artifacts_build_id_name_key');
  expect(await findBuild(db, held.build)).toMatchObject({ outcome: null });
  const { rows } = await sql<{ count: number }>`select count(*) as count from objects`.execute(db);
  expect(rows).toEqual([{ count: 0 }]);
  expect(await completeBuild(db, { ...held, artifacts: [archive('one')] })).toBe('recorded');
});

it('replaces an upload of the same name and gives up those of ended builds', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { start } = await scene(db);
  const { build } = await start();
  const upload = { buildId: build, name: FILE, sha256: digestOf('one'), size: 3, staging: 'first' };
  expect(await recordUpload(db, upload)).toEqual({ replaced: undefined });
  expect(await recordUpload(db, { ...upload, staging: 'second' })).toEqual({ replaced: 'first' });
  expect(await takeAbandonedUploads(db, 10)).toEqual([]);
  await sql`update builds set outcome = 'cancelled', ended_at = now()`.execute(db);
  expect(await takeAbandonedUploads(db, 10)).toMatchObject([{ buildId: build, staging: 'second' }]);
  expect(await listUploads(db, build)).toEqual([]);
});

it('adds downloads by artifact and day, and leaves out artifacts that are gone', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { start } = await scene(db);
  const held = await start();
  await completeBuild(db, { ...held, artifacts: [archive('one')] });
  const id = (await findArtifact(db, ADDRESS))?.id as number;
  await addDownloads(db, []);
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      await addDownloads(db, [
        { artifactId: id, day: '2026-01-02', count: 2 },
        { artifactId: id, day: '2026-01-02', count: 1 },
        { artifactId: id, day: '2026-01-01', count: 1 },
        { artifactId: id + 999, day: '2026-01-01', count: 1 },
      ]);
    }),
  );
  expect(await listDownloads(db, 'wanted' as never)).toEqual([
    { day: '2026-01-01', count: 10 },
    { day: '2026-01-02', count: 30 },
  ]);
  expect(await findArtifact(db, ADDRESS)).toMatchObject({ downloads: 40 });
});
