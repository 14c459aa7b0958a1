import { constants } from 'node:os';
import type { CommandEnd } from '../../driver.ts';

const SIGNALS = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/**
 * Reads the exit code of a first process that stands for the command (bubblewrap's, Docker's init): as shells do, 128 +
 * n means signal n. A program that really exits with such a code is taken for killed; cargo does not.
 */
export function endOfExitCode(code: number): Pick<CommandEnd, 'exitCode' | 'signal'> {
  const signal = SIGNALS.get(code - 128);
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}
