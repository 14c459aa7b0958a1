import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { removeTree } from './files.ts';
import { processStartTime } from './process-table.ts';

const OWNER_FILE = 'owner.json';
/** A folder without an owner may be one that another builder is making this moment. */
const UNOWNED_GRACE_MS = 60_000;

const OwnerSchema = v.object({
  pid: v.number(),
  startTime: v.nullable(v.number()),
  boot: v.nullable(v.string()),
});

/** Tells one start of the machine from another; `null` where the system does not say (Linux does). */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Makes a folder of this process, open to this user only, which a janitor can tell from one that is left over. */
export async function createOwnedFolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(parent, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  const owner = { pid: process.pid, startTime: processStartTime(process.pid) ?? null, boot: bootId() };
  await writeFile(join(folder, OWNER_FILE), JSON.stringify(owner));
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOwned(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined || text === '') {
    const stats = await stat(folder).catch(() => undefined);
    return stats !== undefined && Date.now() - stats.mtimeMs < UNOWNED_GRACE_MS;
  }
  const owner = v.safeParse(v.pipe(v.string(), v.parseJson(), OwnerSchema), text);
  if (!owner.success) return false;
  const { pid, startTime, boot } = owner.output;
  if (boot !== bootId()) return false;
  // A process number is used again; with its start time it is unique on one boot.
  return startTime === null ? isAlive(pid) : processStartTime(pid) === startTime;
}

/**
 * The janitor: removes the folders whose process is gone (crash, power loss) and gives their names. `beforeRemoval`
 * gets rid of what belongs to a folder but is not in it: processes, mounts, containers.
 */
export async function removeLeftoverFolders(
  parent: string,
  beforeRemoval: (folder: string, name: string) => Promise<void> = async () => {},
): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const folder = join(parent, name);
    if (await isOwned(folder)) continue;
    await beforeRemoval(folder, name);
    await removeTree(folder);
    removed.push(name);
  }
  return removed;
}
