import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { lockFolder, LOCK_FILE } from './folder-lock.ts';
import { processIdentity } from './process-identity.ts';

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'database-lock-'));
  return { folder, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) };
}

async function deadProcess(): Promise<string> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const identity = await processIdentity(child.pid as number);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  return identity as string;
}

it('makes the folder, refuses it to others, and frees it', async () => {
  await using scene = await temporaryFolder();
  const folder = path.join(scene.folder, 'new', 'data');
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    name: 'SentenceError',
    code: 'data-in-use',
    exitCode: 3,
    message: expect.stringContaining(`in use by process ${process.pid}`),
  });
  await lock.release();
  await (await lockFolder(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

it('takes over from a dead process, and from another that has got its number since', async () => {
  await using scene = await temporaryFolder();
  const file = path.join(scene.folder, LOCK_FILE);
  const alive = (await processIdentity(process.pid)) as string;
  const reused = process.platform === 'linux' ? alive.replace(/ \d+ /, ' 1 ') : await deadProcess();
  for (const owner of [await deadProcess(), reused, '']) {
    await writeFile(file, `${owner}\n`);
    const lock = await lockFolder(scene.folder);
    expect(await readFile(file, 'utf8')).toBe(`${alive}\n`);
    await lock.release();
  }
});

it('gives the folder of a dead process to one of many', async () => {
  await using scene = await temporaryFolder();
  await writeFile(path.join(scene.folder, LOCK_FILE), `${await deadProcess()}\n`);
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, async () => await lockFolder(scene.folder)),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(scene.folder)).toEqual([LOCK_FILE]);
});

it('says so when the folder cannot be written', async () => {
  await using scene = await temporaryFolder();
  const file = path.join(scene.folder, 'file');
  await writeFile(file, '');
  await expect(lockFolder(path.join(file, 'data'))).rejects.toMatchObject({
    code: 'data-unusable',
    exitCode: 3,
  });
});
