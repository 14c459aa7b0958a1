import { chown, open } from 'node:fs/promises';
import { ExecutorError } from '../../errors.ts';
import { runTool } from '../shared/run-tool.ts';
import { words } from '../shared/words.ts';

const SECTOR_BYTES = 512;
const FORMAT_LIMIT_MS = 10 * 60_000;

/** Makes a file of zeros that takes no room yet, for a machine's disk. */
export async function makeSparse(
  path: string,
  bytes: number,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.truncate(Math.max(1, Math.ceil(bytes / SECTOR_BYTES)) * SECTOR_BYTES);
  } finally {
    await file.close();
  }
  if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid);
}

/**
 * Fills a file with a file system of a fixed size that holds a folder. Written without mounting it; from then on only
 * machines mount it, as after the first of them it is a stranger's work.
 */
export async function fillDisk(path: string, folder: string): Promise<void> {
  const format = words('-q -F -t ext4 -m 0 -O ^has_journal -E lazy_itable_init=1,nodiscard');
  const run = await runTool('mke2fs', [...format, '-d', folder, '--', path], { timeoutMs: FORMAT_LIMIT_MS });
  if (run.exitCode !== 0)
    throw new ExecutorError(`The disk of a machine cannot be made: ${run.stderr.trim()}`);
}
