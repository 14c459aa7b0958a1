import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listBuilders } from '@buildsrs/database';
import { createTestDatabase } from '@buildsrs/database/testing';
import { fingerprintOf, generateBuilderKey } from '@buildsrs/protocol/ssh';
import { expect, it } from 'vitest';
import { enrolLocalBuilder, ensureKey } from './builder-key.ts';

it('makes a key once, for its owner only', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'standalone-key-'));
  const file = path.join(folder, 'builder', 'key');
  const key = await ensureKey(file);
  expect(fingerprintOf((await ensureKey(file)).publicKey)).toBe(fingerprintOf(key.publicKey));
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, 'nonsense');
  await expect(ensureKey(file)).rejects.toMatchObject({ code: 'bad-key', exitCode: 3 });
  await rm(folder, { recursive: true });
});

it('is enrolled once, and beside another of the same name', async () => {
  await using database = await createTestDatabase();
  const key = generateBuilderKey();
  const id = await enrolLocalBuilder(database.db, key);
  expect(await enrolLocalBuilder(database.db, key)).toBe(id);
  const other = await enrolLocalBuilder(database.db, generateBuilderKey());
  expect(other).not.toBe(id);
  expect((await listBuilders(database.db)).map((builder) => builder.id).toSorted((a, b) => a - b)).toEqual([
    id,
    other,
  ]);
});
