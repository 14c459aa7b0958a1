import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { asUser, findServerUser } from './server-user.ts';

const USER = { uid: 65_534, gid: 65_534 };

it('starts a command as it is where we are not root', async () => {
  expect(await asUser(undefined, ['postgres', '-D', 'x'], ['/'])).toEqual({ argv: ['postgres', '-D', 'x'] });
});

it('drops to the user where it can pass, and keeps one right of root where it cannot', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'database-user-'));
  const file = path.join(folder, 'cluster');
  await chmod(folder, 0o755);
  expect(await asUser(USER, ['postgres'], [file])).toEqual({ argv: ['postgres'], ...USER });
  await chmod(folder, 0o700);
  const barred = await asUser(USER, ['postgres'], [file]).catch((error: unknown) => error);
  if (barred instanceof Error) expect(barred.message).toContain(folder);
  else
    expect(barred).toMatchObject({
      argv: expect.arrayContaining(['--ambient-caps=+dac_override', 'postgres']),
    });
  await rm(folder, { recursive: true });
});

it('knows whom to run as', async () => {
  const user = await findServerUser();
  expect(user === undefined).toBe(process.getuid?.() !== 0);
  if (user !== undefined) expect(user.uid).toBeGreaterThan(0);
});
