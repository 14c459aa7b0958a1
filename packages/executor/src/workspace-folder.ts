import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processStartTime } from './process-table.ts';
import { removeTree } from './files.ts';

const OWNER_FILE = 'owner.json';

/** Where the workspaces of a builder are. */
export function workspacesDir(dataDir: string): string {
  return join(dataDir, 'builds');
}

/** Makes `builds/ID`, open to this user only, marked as this process's so that a janitor can tell when it is left over. */
export async function createWorkspaceFolder(dataDir: string, id: string): Promise<string> {
  const folder = join(workspacesDir(dataDir), id);
  await mkdir(workspacesDir(dataDir), { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  await writeFile(
    join(folder, OWNER_FILE),
    JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) ?? null }),
  );
  return folder;
}

async function isOwned(folder: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(join(folder, OWNER_FILE), 'utf8')) as Record<string, unknown>;
    if (typeof owner['pid'] !== 'number') return false;
    // A process number is used again; with its start time it is unique on one boot.
    const startTime = processStartTime(owner['pid']);
    if (startTime !== undefined) return startTime === owner['startTime'];
    if (process.platform === 'linux') return false;
    process.kill(owner['pid'], 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The janitor: removes the workspaces of builders that are gone (crash, power loss) and says which.
 * `beforeRemoval` gets rid of what a driver keeps beside the folder: processes, mounts, containers.
 */
export async function removeLeftoverWorkspaces(
  dataDir: string,
  beforeRemoval: (folder: string, id: string) => Promise<void> = async () => {},
): Promise<string[]> {
  const removed: string[] = [];
  for (const id of await readdir(workspacesDir(dataDir)).catch(() => [])) {
    const folder = join(workspacesDir(dataDir), id);
    if (await isOwned(folder)) continue;
    await beforeRemoval(folder, id);
    await removeTree(folder);
    removed.push(id);
  }
  return removed;
}
