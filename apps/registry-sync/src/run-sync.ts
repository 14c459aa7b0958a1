import { assertSchema, openDatabase } from '@buildsrs/database';
import { openIndex, userAgentOf } from '@buildsrs/registry';
import type { Logger } from 'pino';
import { noteRegistry } from './note-registry.ts';
import type { SyncSettings } from './settings.ts';
import { syncChanges } from './sync-changes.ts';
import type { SyncContext } from './sync-context.ts';
import { syncLoop } from './sync-loop.ts';
import { syncNamed } from './sync-named.ts';
import { sentencesOf } from './sync-sentences.ts';
import { isClean, type SyncSummary } from './sync-summary.ts';

/** What the program lets a run reach. */
export interface SyncRun {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** A line of JSON on standard output. */
  readonly print: (value: object) => void;
  /** A sentence on standard error. */
  readonly tell: (sentence: string) => void;
}

/** Synchronises as the settings say; gives the exit code. */
export async function runSync(
  settings: SyncSettings,
  names: readonly string[],
  run: SyncRun,
): Promise<number> {
  const http = { userAgent: userAgentOf('buildsrs-registry-sync', settings.contact) };
  const index = openIndex(settings.registry, http);
  await using database = openDatabase({
    url: settings.database,
    applicationName: 'builds.rs registry-sync',
    onConnectionError: (error) => run.log.warn({ err: error }, 'a database connection broke'),
  });
  const context: SyncContext = {
    db: database.db,
    index,
    wanted: settings.wanted,
    log: run.log,
    signal: run.signal,
  };
  const once = async (): Promise<SyncSummary> => {
    await assertSchema(database.db);
    await noteRegistry(context, { cargoIndex: settings.cargoIndex, http });
    return names.length > 0 ? await syncNamed(context, names) : await syncChanges(context);
  };
  try {
    if (settings.once) {
      const summary = await once();
      run.print(summary);
      for (const sentence of sentencesOf(summary)) run.tell(sentence);
      return isClean(summary) ? 0 : 1;
    }
    await syncLoop({
      sync: once,
      intervalMs: settings.interval,
      log: run.log,
      signal: run.signal,
      onReady: () => run.print({ ready: true, registry: index.location }),
    });
    return 0;
  } catch (error) {
    if (run.signal.aborted) return settings.once ? 130 : 0;
    throw error;
  } finally {
    await index.close();
  }
}
