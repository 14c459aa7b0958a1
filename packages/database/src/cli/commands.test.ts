import { expect, it } from 'vitest';
import { MIGRATIONS } from '../migrations/index.ts';
import { listEnabledTargets } from '../queries/targets.ts';
import { createTestDatabase } from '../testing/index.ts';
import { runCommand } from './commands.ts';

/** A key, and what `ssh-keygen -lf` says of it. */
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f someone@somewhere';
const FINGERPRINT = 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA';

it('migrates, tells how the schema stands, and takes back', async () => {
  await using database = await createTestDatabase({ empty: true });
  const names = Object.keys(MIGRATIONS);
  expect(await runCommand(database.db, ['status'])).toEqual(names.map((name) => `${name} pending`));
  await expect(runCommand(database.db, ['builders'])).rejects.toMatchObject({ code: 'older-schema' });
  expect(await runCommand(database.db, ['migrate'])).toEqual(names.map((name) => `${name} applied`));
  expect(await runCommand(database.db, ['migrate'])).toEqual(['The schema is up to date.']);
  expect(await runCommand(database.db, ['rollback'])).toEqual([`${names.at(-1)} taken back`]);
});

it('enrols, lists and shuts out builders', async () => {
  await using database = await createTestDatabase();
  expect(await runCommand(database.db, ['enrol-builder', 'one', KEY])).toEqual([
    `one is enrolled with ${FINGERPRINT}.`,
  ]);
  expect(await runCommand(database.db, ['builders'])).toEqual([`one  away  ${FINGERPRINT}  `]);
  expect(await runCommand(database.db, ['disable-builder', 'one'])).toEqual(['one is disabled.']);
  expect(await runCommand(database.db, ['builders'])).toEqual([`one  disabled  ${FINGERPRINT}  `]);
  await expect(runCommand(database.db, ['enable-builder', 'two'])).rejects.toThrow('no builder named two');
});

it('switches targets', async () => {
  await using database = await createTestDatabase();
  await runCommand(database.db, ['enable-target', 'x86_64-unknown-linux-musl']);
  expect(await listEnabledTargets(database.db)).toEqual(['x86_64-unknown-linux-musl']);
  await runCommand(database.db, ['disable-target', 'x86_64-unknown-linux-musl']);
  expect(await listEnabledTargets(database.db)).toEqual([]);
});

it.each([
  [[], 'A command is one of status, migrate'],
  [['constructor'], 'A command is one of status, migrate'],
  [['rollback', 'all'], 'rollback takes 0 arguments'],
  [['enable-target'], 'enable-target takes 1 argument;'],
  [['enrol-builder', 'one', 'ssh-rsa AAAA'], 'begins with ssh-ed25519'],
])('answers %j with a sentence', async (words, sentence) => {
  await using database = await createTestDatabase();
  await expect(runCommand(database.db, words)).rejects.toThrow(sentence);
});
