import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_LIMITS, SentenceError, type BuildLimits } from '@buildsrs/common';
import type { ExecutorDriver } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';

const SMALL: BuildLimits = { ...DEFAULT_LIMITS, diskBytes: 16 * 1024 ** 2 };
const PATIENCE_MS = 120_000;

/**
 * Proves at start that commands run, see the folder they are given and can write to it, by running one. Layers that are
 * all there may still not work together: an engine on another machine, or one outside the container a builder runs in,
 * would mount other folders of the same names without a word.
 *
 * @throws {SentenceError} `executor-unusable`, exit code 3.
 */
export async function proveItRuns(driver: ExecutorDriver, hint: string): Promise<void> {
  const marker = randomUUID();
  let output = '';
  try {
    await using workspace = await driver.open({ id: marker, limits: SMALL });
    await writeFile(join(workspace.hostBuildDir, 'marker'), marker);
    const end = await workspace.run({
      argv: ['sh', '-c', 'cat marker && : > written'],
      env: {},
      cwd: workspace.paths.build,
      network: false,
      cargoHome: 'read-only',
      timeoutMs: PATIENCE_MS,
      signal: new AbortController().signal,
      onOutput: (chunk) => void (output += Buffer.from(chunk).toString()),
    });
    if (end.exitCode === 0 && output === marker) return;
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    output += ` ${error.message}`;
  }
  throw new SentenceError(
    'executor-unusable',
    `The ${driver.name} executor cannot run a first command: ${output.trim().slice(0, 1_000)} ${hint}`,
    { exitCode: 3 },
  );
}
