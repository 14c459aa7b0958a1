import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);

/** Processes whose command line, working folder or mounts say that they belong to this data folder. */
async function processes(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await namesIn('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = (await textOf(join('/proc', pid, 'cmdline'))).replaceAll('\0', ' ');
    const mounts = line === '' ? '' : await textOf(join('/proc', pid, 'mountinfo'));
    const own = mounts.split('\n').some((mount) => mount.includes(dataDir) && mount.includes(' /build '));
    if (line.includes(dataDir) || own) found.push(`process ${pid}: ${line.slice(0, 200)}`);
  }
  return found;
}

async function loopDevices(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn('/sys/block')) {
    const file = await textOf(join('/sys/block', name, 'loop/backing_file'));
    if (file.includes(dataDir)) found.push(`loop device ${name}: ${file.trim()}`);
  }
  return found;
}

async function containers(dataDir: string): Promise<string[]> {
  // The label the Docker executor marks its containers with.
  const label = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const argv = ['ps', '--all', '--quiet', '--filter', `label=rs.builds.data=${label}`];
  const { stdout } = await promisify(execFile)('docker', argv).catch(() => ({ stdout: '' }));
  return stdout
    .split('\n')
    .filter((id) => id !== '')
    .map((id) => `container ${id}`);
}

/** The kernel lets go of a loop device a moment after its unmounting. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/** What builds in a data folder left on this machine besides their caches, and what did not go by itself. Empty is clean. */
export async function leftoversOf(dataDir: string): Promise<string[]> {
  for (const begun = performance.now(); ; await setTimeout(PAUSE_MS)) {
    const found = await foundNow(dataDir);
    if (found.length === 0 || performance.now() - begun > PATIENCE_MS) return found;
  }
}

async function foundNow(dataDir: string): Promise<string[]> {
  const mounts = (await textOf('/proc/self/mountinfo')).split('\n').filter((line) => line.includes(dataDir));
  const folders: string[] = [];
  for (const place of ['builds', 'outputs'])
    for (const name of await namesIn(join(dataDir, place))) folders.push(`folder ${join(place, name)}`);
  return [
    ...(await processes(dataDir)),
    ...mounts.map((line) => `mount ${line}`),
    ...(await loopDevices(dataDir)),
    ...folders,
    ...(await containers(dataDir)),
  ];
}
