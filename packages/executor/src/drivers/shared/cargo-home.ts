import { mkdir } from 'node:fs/promises';
import { ExecutorError } from '../../errors.ts';
import { runTool } from './run-tool.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes the shared download cache (`CARGO_HOME`) its user's, also what another executor has put there since. */
export async function prepareCargoHome(dir: string, owner: Owner): Promise<void> {
  await mkdir(dir, { recursive: true });
  const foreign = await runTool('find', ['-P', dir, '-not', '-uid', String(owner.uid), '-print', '-quit']);
  if (foreign.exitCode !== 0 || foreign.stdout !== '') await giveTree(dir, owner);
}

/** Makes a tree a user's, links themselves and not what they point to. Only while none of its processes is alive. */
export async function giveTree(dir: string, owner: Owner): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const run = await runTool('chown', [
    '--no-dereference',
    '--recursive',
    `${owner.uid}:${owner.gid}`,
    '--',
    dir,
  ]);
  if (run.exitCode !== 0) throw new ExecutorError(`The owner of ${dir} cannot be set: ${run.stderr.trim()}`);
}
