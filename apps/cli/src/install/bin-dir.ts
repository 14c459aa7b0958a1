import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import type { CommandContext } from '../command.ts';

/** Where programs go, and whether a shell will find them there. */
export interface BinDir {
  readonly path: string;
  readonly onPath: boolean;
}

/** `DIR/bin` of a root; else cargo's folder where it is there and on the PATH; else `~/.local/bin`. */
export async function chooseBinDir(
  root: string | undefined,
  { environment, cwd }: Pick<CommandContext, 'environment' | 'cwd'>,
): Promise<BinDir> {
  const searched = new Set((environment['PATH'] ?? '').split(delimiter).map((one) => resolve(cwd, one)));
  const found = (path: string): BinDir => ({ path, onPath: searched.has(path) });
  if (root !== undefined) return found(resolve(cwd, root, 'bin'));
  const home = environment['HOME'] ?? homedir();
  const cargo = found(resolve(environment['CARGO_HOME'] ?? join(home, '.cargo'), 'bin'));
  const isFolder = await stat(cargo.path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return cargo.onPath && isFolder ? cargo : found(join(home, '.local', 'bin'));
}
