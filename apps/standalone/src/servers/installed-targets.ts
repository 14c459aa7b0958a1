import type { ExecutorName, Target } from '@buildsrs/common';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Of the targets that are wanted, those the builder may offer: with the Docker executor any, as the toolchain is the
 * image's; else those that this machine's toolchain has a standard library for. The backend tells who wants another that
 * nobody offers it.
 */
export async function offeredTargets(
  wanted: readonly Target[],
  executor: ExecutorName,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Target[]> {
  if (executor === 'docker') return [...wanted];
  const offered: Target[] = [];
  for (const target of wanted) if (await isInstalled(target, environment)) offered.push(target);
  return offered;
}

async function isInstalled(
  target: Target,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  let directory: string;
  try {
    const { stdout } = await run('rustc', ['--print', 'target-libdir', '--target', target], {
      env: { ...environment },
      cwd: '/',
    });
    directory = stdout.trim();
  } catch (error) {
    // Without a rustc to ask the builder itself says what is missing; one that does not know the target has answered.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  return await stat(directory).then(
    () => true,
    () => false,
  );
}
