import { parseCrateName, parseVersion, type CrateFacts } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { createTestDatabase, digestOf, seedVersion } from '../../testing/index.ts';
import { findCrate, findVersion, listVersions, setVersionFacts } from './find-crates.ts';
import { nearestCrateNames } from './nearest-crate-names.ts';
import { searchCrates } from './search-crates.ts';
import { upsertCrateVersions } from './upsert-crate-versions.ts';
import { upsertCrates, type IndexVersion } from './upsert-crates.ts';

const NAME = parseCrateName('My-Crate');

function entry(version: string, over: Partial<IndexVersion> = {}): IndexVersion {
  return { version: parseVersion(version), checksum: digestOf(version), yanked: false, ...over };
}

it('writes differences only: new versions, yanks and un-yanks', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const write = async (...versions: IndexVersion[]) =>
    await upsertCrateVersions(db, { name: NAME, versions });
  expect(await write(entry('1.0.0'), entry('2.0.0-rc.1'), entry('1.10.0'), entry('1.9.0'))).toMatchObject({
    added: ['1.0.0', '2.0.0-rc.1', '1.10.0', '1.9.0'],
    unchanged: 0,
  });
  expect(await findCrate(db, parseCrateName('my_crate'))).toMatchObject({
    name: 'My-Crate',
    latest: '1.10.0',
  });
  expect(await write(entry('1.0.0'), entry('1.10.0', { yanked: true }))).toMatchObject({
    added: [],
    yanked: ['1.10.0'],
    unyanked: [],
    unchanged: 1,
  });
  expect(await findVersion(db, NAME, 'latest')).toMatchObject({ version: '1.9.0' });
  expect(await write(entry('1.10.0'))).toMatchObject({ unyanked: ['1.10.0'] });
  expect((await listVersions(db, NAME)).map((row) => row.version)).toEqual([
    '2.0.0-rc.1',
    '1.10.0',
    '1.9.0',
    '1.0.0',
  ]);
});

it('never changes a checksum, and says what it was', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await upsertCrateVersions(db, { name: NAME, versions: [entry('1.0.0')] });
  const forged = entry('1.0.0', { checksum: digestOf('forged'), yanked: true });
  expect(await upsertCrateVersions(db, { name: NAME, versions: [forged, entry('1.0.1')] })).toMatchObject({
    added: ['1.0.1'],
    refused: [{ version: '1.0.0', was: digestOf('1.0.0'), got: digestOf('forged') }],
  });
  expect(await findVersion(db, NAME, parseVersion('1.0.0'))).toMatchObject({
    checksum: digestOf('1.0.0'),
    yanked: false,
  });
});

it('has no latest version when all are yanked, and knows nothing of other crates', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await upsertCrateVersions(db, { name: NAME, versions: [entry('1.0.0', { yanked: true })] });
  expect(await findCrate(db, NAME)).toMatchObject({
    latest: null,
    description: null,
    targets: [],
    downloads: 0,
  });
  expect(await findVersion(db, NAME, 'latest')).toBeUndefined();
  expect(await findCrate(db, parseCrateName('other'))).toBeUndefined();
});

it('survives two synchronisations of one crate at once', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const versions = Array.from({ length: 300 }, (_, patch) => entry(`0.1.${patch}`));
  const results = await Promise.all(
    Array.from({ length: 4 }, async () => await upsertCrateVersions(db, { name: NAME, versions })),
  );
  expect(results.map((result) => result.added.length).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 300]);
});

it('keeps features and facts with their own spelling', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const features = { default: ['snake_case'], snake_case: [] };
  await upsertCrateVersions(db, {
    name: NAME,
    versions: [entry('1.0.0', { features, rustVersion: '1.70' })],
  });
  const row = await findVersion(db, NAME, 'latest');
  expect(row).toMatchObject({ crate: 'My-Crate', features, rustVersion: '1.70', facts: null });
  const facts: CrateFacts = {
    binaries: [],
    library: ['lib'],
    features: ['snake_case'],
    defaultFeatures: [],
    lockfile: true,
    description: 'Does it.',
  };
  await setVersionFacts(db, row?.id as number, facts);
  expect(await findVersion(db, NAME, 'latest')).toMatchObject({ facts });
  expect(await findCrate(db, NAME)).toMatchObject({ description: 'Does it.' });
});

it('searches by name: exact first, then beginnings, then the rest, page by page', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  for (const name of ['grep', 'grep-cli', 'grep_regex', 'ripgrep', 'bat', 'ugrep'])
    await seedVersion(db, name);
  const found: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await searchCrates(db, { query: 'GREP', limit: 2, cursor });
    found.push(...page.items.map((row) => row.name));
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(found).toEqual(['grep', 'grep-cli', 'grep_regex', 'ripgrep', 'ugrep']);
  expect((await searchCrates(db, { query: 'grep-c', limit: 5 })).items.map((row) => row.name)).toEqual([
    'grep-cli',
  ]);
  expect((await searchCrates(db, { query: '%', limit: 5 })).items).toEqual([]);
  for (const query of ['gr%p', 'a\u0000', '\ud800', "'", '🦀']) {
    expect((await searchCrates(db, { query, limit: 5 })).items).toEqual([]);
  }
  const all: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await searchCrates(db, { query: ' ', limit: 4, cursor });
    all.push(...page.items.map((row) => row.name));
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(all).toEqual(['ugrep', 'bat', 'ripgrep', 'grep_regex', 'grep-cli', 'grep']);
});

it('names the crates that are most like one nobody has', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  for (const name of ['ripgrep', 'hexyl', 'bat', 'serde', 'serde_json']) await seedVersion(db, name);
  expect(await nearestCrateNames(db, 'ripgerp')).toEqual(['ripgrep']);
  expect(await nearestCrateNames(db, 'hexly')).toEqual(['hexyl']);
  expect((await nearestCrateNames(db, 'serde-jsn'))[0]).toBe('serde_json');
  expect(await nearestCrateNames(db, 'zzzzzz')).toEqual([]);
});

it('writes many crates at once, each as if it were alone', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const other = parseCrateName('other');
  await upsertCrateVersions(db, { name: NAME, versions: [entry('1.0.0'), entry('1.1.0')] });
  const results = await upsertCrates(db, [
    { name: parseCrateName('my_crate'), versions: [entry('1.1.0', { yanked: true }), entry('0.9.0')] },
    { name: other, versions: [entry('2.0.0-rc.1'), entry('1.0.0+b', { yanked: true })] },
    { name: parseCrateName('third'), versions: [] },
  ]);
  expect(results).toMatchObject([
    { added: ['0.9.0'], yanked: ['1.1.0'], unyanked: [], unchanged: 0, refused: [] },
    { added: ['2.0.0-rc.1', '1.0.0+b'], yanked: [], unyanked: [], unchanged: 0, refused: [] },
    { added: [], yanked: [], unyanked: [], unchanged: 0, refused: [] },
  ]);
  expect(await findCrate(db, NAME)).toMatchObject({ name: 'my_crate', latest: '1.0.0' });
  expect(await findCrate(db, other)).toMatchObject({ latest: '2.0.0-rc.1' });
});

it('survives synchronisations of many crates at once, in whatever order', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const crates = Array.from({ length: 40 }, (_, at) => ({
    name: parseCrateName(`crate-${at}`),
    versions: [entry('1.0.0'), entry('1.1.0', { yanked: at % 2 === 0 })],
  }));
  const results = await Promise.all(
    Array.from(
      { length: 6 },
      async (_, at) => await upsertCrates(db, at % 2 === 0 ? crates : crates.toReversed()),
    ),
  );
  expect(results.flat().reduce((sum, result) => sum + result.added.length, 0)).toBe(80);
  expect(await findCrate(db, parseCrateName('crate-2'))).toMatchObject({ latest: '1.0.0' });
  expect(await findCrate(db, parseCrateName('crate-3'))).toMatchObject({ latest: '1.1.0' });
});
