import type { CommandContext } from '../command.ts';
import { formatBytes } from './format-bytes.ts';
import { paintFor } from './paint.ts';

const CELLS = 28;
/** A terminal that is written to more often only flickers. */
const EVERY_MS = 80;

/** Shows how far a download is. */
export interface ProgressBar {
  update(bytes: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar on a terminal's standard error; nothing where there is no terminal. */
export function progressBar(
  { stderr, environment }: Pick<CommandContext, 'stderr' | 'environment'>,
  label: string,
  totalBytes: number,
): ProgressBar {
  if (stderr.isTTY !== true) return { update() {}, end() {} };
  const paint = paintFor(stderr, environment);
  let shownAt = -EVERY_MS;
  return {
    update(bytes) {
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      const part = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
      const full = Math.floor(part * CELLS);
      const bar = `${paint('cyan', '━'.repeat(full))}${paint('dim', '━'.repeat(CELLS - full))}`;
      stderr.write(`\r\u001b[K${label} ${bar} ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
    },
    end() {
      stderr.write('\r\u001b[K');
    },
  };
}
