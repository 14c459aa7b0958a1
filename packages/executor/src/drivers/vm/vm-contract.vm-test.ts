import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeExecutor } from '../../testing/contract.ts';
import { openVmDriver } from './vm-driver.ts';

const vm = { accelerator: 'tcg' as const, images: process.env['BUILDSRS_VM_IMAGES'] };

/** Processes of this machine that have a file of a data folder open: machines have all theirs. */
async function holdersOf(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    for (const fd of await readdir(join('/proc', pid, 'fd')).catch(() => [])) {
      const path = await readlink(join('/proc', pid, 'fd', fd)).catch(() => '');
      if (path.startsWith(dataDir)) found.push(`process ${pid} with ${path}`);
    }
  }
  return found;
}

describeExecutor('emulated vm', {
  options: { executor: 'vm', vm },
  slowness: 20,
  open: async (options) => openVmDriver({ ...options, vm }),
  traces: holdersOf,
});
