import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { expect, it, vi } from 'vitest';
import { openDatabase } from '../connection.ts';
import { lockFolder } from './folder-lock.ts';
import { processIdentity } from './process-identity.ts';
import { startEmbedded } from './start-embedded.ts';

// A server is made several times; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 180_000 });

/** Open to other users, as a server that root starts is one. */
async function temporaryFolder(mode = 0o755) {
  const folder = await mkdtemp(path.join(tmpdir(), 'database-embedded-'));
  await chmod(folder, mode);
  return { folder, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }) };
}

const START = path.join(import.meta.dirname, 'start-embedded.ts');

/** A program that starts the server, says its URL and waits to be killed. */
async function startInChild(dataDir: string) {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { startEmbedded } = await import(${JSON.stringify(START)});
       const server = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
       console.log(server.url); setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { child, url: url.trim() };
}

async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(path.join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

it('keeps what was written over a stop and a start, and leaves no process', async () => {
  await using scene = await temporaryFolder();
  const dataDir = path.join(scene.folder, 'postgres');
  const first = await startEmbedded({ dataDir, durable: false });
  await using open = openDatabase({ url: first.url });
  await sql`create table kept (value text)`.execute(open.db);
  await expect(startEmbedded({ dataDir })).rejects.toMatchObject({ code: 'data-in-use' });
  await open.close();
  const pid = await serverPid(dataDir);
  await first.stop();
  expect(await processIdentity(pid)).toBeUndefined();

  await using second = await startEmbedded({ dataDir, durable: false });
  await using again = openDatabase({ url: second.url });
  await sql`select value from kept`.execute(again.db);
});

it('ends with its parent when that is killed, and the next start works', async () => {
  await using scene = await temporaryFolder();
  const { child } = await startInChild(scene.folder);
  const identity = await processIdentity(await serverPid(scene.folder));
  const pid = await serverPid(scene.folder);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(async () => (await processIdentity(pid)) === identity, { timeout: 60_000 }).toBe(false);
  await using server = await startEmbedded({ dataDir: scene.folder, durable: false });
  expect(server.url).toContain('127.0.0.1');
});

it('begins anew where the making of the files was interrupted', async () => {
  await using scene = await temporaryFolder();
  await mkdir(path.join(scene.folder, 'cluster.new', 'base'), { recursive: true });
  await using server = await startEmbedded({ dataDir: scene.folder, durable: false });
  expect(server.url).toContain('/buildsrs');
});

it('starts below a folder that is closed to others, as a home of root is', async () => {
  await using scene = await temporaryFolder(0o700);
  await using server = await startEmbedded({ dataDir: path.join(scene.folder, 'data'), durable: false });
  expect(server.url).toContain('/buildsrs');
});

it('frees the folder and says why when the server cannot start', async () => {
  await using scene = await temporaryFolder();
  await (await startEmbedded({ dataDir: scene.folder, durable: false })).stop();
  const settings = { no_such_setting: 'x' };
  await expect(startEmbedded({ dataDir: scene.folder, settings })).rejects.toMatchObject({
    name: 'SentenceError',
    code: 'database-not-started',
    message: expect.stringContaining('no_such_setting'),
  });
  await writeFile(path.join(scene.folder, 'cluster', 'PG_VERSION'), '9.6\n');
  await expect(startEmbedded({ dataDir: scene.folder })).rejects.toMatchObject({
    code: 'other-postgres',
    exitCode: 3,
  });
  await (await lockFolder(scene.folder)).release();
});

it('says so when the port that was asked for is in use', async () => {
  await using scene = await temporaryFolder();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(startEmbedded({ dataDir: scene.folder, durable: false, port })).rejects.toMatchObject({
    code: 'database-port-taken',
    exitCode: 3,
  });
  taken.close();
});
