import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { candidateExecutors } from './executors.ts';

const isLinux = process.platform === 'linux';

it('tries what the machine seems to have, the best isolated first, and process last', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'standalone-executors-'));
  const socket = path.join(folder, 'docker.sock');
  const nothing = { PATH: folder, DOCKER_HOST: `unix://${socket}` };
  expect(await candidateExecutors(nothing)).toEqual(['process']);

  await writeFile(path.join(folder, 'bwrap'), '');
  expect(await candidateExecutors(nothing)).toEqual(['process']);
  await chmod(path.join(folder, 'bwrap'), 0o755);
  expect(await candidateExecutors(nothing)).toEqual(isLinux ? ['sandbox', 'process'] : ['process']);

  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await candidateExecutors(nothing)).toEqual(
    isLinux ? ['docker', 'sandbox', 'process'] : ['docker', 'process'],
  );
  server.close();
  await rm(folder, { recursive: true });
});
