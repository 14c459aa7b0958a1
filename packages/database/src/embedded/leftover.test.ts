import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { stopLeftover } from './leftover.ts';
import { processIdentity } from './process-identity.ts';

const SLEEP = ['-e', 'setInterval(() => {}, 1000); console.log("up")'];

async function scene() {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'database-leftover-')));
  const start = async (cwd: string) => {
    const child = spawn(process.execPath, SLEEP, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await writeFile(path.join(folder, 'postmaster.pid'), `${child.pid}\n${folder}\n`);
    return child;
  };
  return { folder, start, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) };
}

it('stops a server that was left on the files', async () => {
  await using place = await scene();
  const child = await place.start(place.folder);
  await stopLeftover(place.folder);
  expect(await processIdentity(child.pid as number)).toBeUndefined();
  await stopLeftover(place.folder);
});

it.runIf(process.platform === 'linux')(
  'leaves another process alone that has its number by chance',
  async () => {
    await using place = await scene();
    const child = await place.start(tmpdir());
    await stopLeftover(place.folder);
    expect(await processIdentity(child.pid as number)).toBeDefined();
    child.kill('SIGKILL');
  },
);
