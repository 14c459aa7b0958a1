import { addDownloads, migrateUp, openDatabase, readLog } from '@buildsrs/database';
import { readKeyFile } from '@buildsrs/protocol/key-file';
import { openStore, withMemoryCache } from '@buildsrs/storage';
import type { Logger } from 'pino';
import { Signals } from './background/signals.ts';
import { Connections } from './builders/connections.ts';
import { findKnownBuild, type BuildState } from './builds/build-state.ts';
import { BuildWatches } from './builds/build-watch.ts';
import { LogPieces } from './builds/log-pieces.ts';
import type { Context } from './context.ts';
import { databaseSentence } from './database-sentence.ts';
import { DownloadCounter } from './downloads/download-counter.ts';
import { createMetrics } from './metrics/metrics.ts';
import { readOverridesFile } from './jobs/read-overrides-file.ts';
import type { BackendSettings } from './settings.ts';

/** A context with what ends it. */
export interface OpenContext {
  readonly context: Context;
  /** Tells everything to stop; connections and loops then end by themselves. */
  readonly stop: () => void;
  /** Closes database and storage; after everything has stopped. */
  close(): Promise<void>;
}

async function readSchedulerKey({ schedulerKey: file }: BackendSettings, log: Logger) {
  if (file === undefined) return undefined;
  return await readKeyFile(file, {
    advice: `Make one with builds-make-scheduler-key --scheduler-key ${file}`,
    warn: (sentence) => log.warn(sentence),
  });
}

/**
 * Opens database and storage and brings the schema up to this release.
 *
 * @throws {SentenceError} when one of them cannot be used.
 */
export async function createContext(settings: BackendSettings, log: Logger): Promise<OpenContext> {
  const schedulerKey = await readSchedulerKey(settings, log);
  const overrides = await readOverridesFile(settings.overrides);
  const database = openDatabase({
    url: settings.database,
    maxConnections: settings.connections,
    applicationName: 'builds.rs backend',
    onConnectionError: (error) => log.warn({ err: error }, 'database connection lost'),
  });
  try {
    const { db } = database;
    const applied = await migrateUp(db).catch((error: unknown) => {
      throw databaseSentence(error, settings.database);
    });
    if (applied.length > 0) log.info({ applied }, 'schema brought up to date');
    const opened = await openStore(settings.storage);
    const store =
      settings.storageCache > 0 ? withMemoryCache(opened, { maxBytes: settings.storageCache }) : opened;
    const signals = new Signals();
    const stopping = new AbortController();
    const publicUrl = settings.publicUrl ?? `http://${settings.host}:${settings.port}`;
    const context: Context = {
      db,
      store,
      log,
      settings,
      overrides,
      address: { publicUrl, builderUrl: settings.builderUrl ?? publicUrl },
      metrics: createMetrics({ processMetrics: true }),
      signals,
      watches: new BuildWatches<BuildState>((build) => findKnownBuild({ db }, build), signals),
      pieces: new LogPieces((build, offset, length) => readLog(db, build, offset, length)),
      downloads: new DownloadCounter((counts) => addDownloads(db, counts)),
      connections: new Connections(),
      stopping: stopping.signal,
      schedulerKey,
    };
    return {
      context,
      stop: () => stopping.abort(),
      async close() {
        await store.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
