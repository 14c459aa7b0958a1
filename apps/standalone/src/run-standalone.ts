import { buildCrates } from './build-crates.ts';
import { openRegistry } from './registry/open-registry.ts';
import { startHouse } from './servers/house.ts';
import type { StandaloneSettings } from './settings.ts';
import type { Paint } from './view/format.ts';
import type { View } from './view/view.ts';
import type { WantedCrate } from './wanted-crate.ts';

/** What the start command has of the world around it. */
export interface StandaloneContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly view: View;
  readonly paint: Paint;
  /** Writes a line to standard output, for `--json`. */
  readonly printJson: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a shell expects of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Starts everything, builds what is wanted, and with `--once` stops; gives the exit code. When it returns or throws,
 * everything that was started has ended.
 *
 * @throws {SentenceError} when a server cannot be started, or ends by itself.
 */
export async function runStandalone(
  settings: StandaloneSettings,
  wanted: readonly WantedCrate[],
  context: StandaloneContext,
): Promise<number> {
  const { view, signal } = context;
  await using stack = new AsyncDisposableStack();
  const interrupted = untilAborted(signal);
  const registry = stack.use(await openRegistry(settings.registry));
  const house = await startHouse(settings, { ...context, stack });
  const over = new AbortController();
  stack.defer(() => over.abort());
  const work = buildCrates(wanted, settings, {
    ...context,
    signal: AbortSignal.any([signal, over.signal]),
    house,
    registry,
    stack,
  });
  // Waited for below, unless something else ends the run first.
  work.catch(() => {});
  const tally = await Promise.race([work, house.broken, interrupted]);
  if (tally === undefined) return wanted.length > 0 ? INTERRUPTED : 0;
  const allRefused = wanted.length > 0 && tally.built + tally.failed === 0;
  if (settings.once || allRefused) return tally.failed + tally.refused === 0 ? 0 : 1;
  view.print('', `  ${await house.url} keeps running; Ctrl-C stops it.`);
  await Promise.race([house.broken, interrupted]);
  return 0;
}

async function untilAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  return await new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  );
}
