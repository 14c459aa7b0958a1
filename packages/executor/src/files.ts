import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes folders below `dir` writable for us, without following links: a build may have taken the right away. */
async function unlock(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await unlock(join(dir, entry.name));
  }
}

/** Removes a folder with all that is in it, links unfollowed, folders without write permission included. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await unlock(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Bytes on disk below a folder, links unfollowed; what vanishes meanwhile counts nothing. */
export async function treeBytes(dir: string, stopAbove = Number.POSITIVE_INFINITY): Promise<number> {
  let total = 0;
  const pending = [dir];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) pending.push(path);
      // st_blocks counts 512-byte units: a sparse file costs what it holds, not what it claims.
      else total += ((await lstat(path).catch(() => undefined))?.blocks ?? 0) * 512;
      if (total > stopAbove) return total;
    }
  }
  return total;
}
