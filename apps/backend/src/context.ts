import type { Database } from '@buildsrs/database';
import type { BuilderKey } from '@buildsrs/protocol/ssh';
import type { Overrides } from '@buildsrs/registry';
import type { ObjectStore } from '@buildsrs/storage';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Signals } from './background/signals.ts';
import type { Connections } from './builders/connections.ts';
import type { BuildState } from './builds/build-state.ts';
import type { BuildWatches } from './builds/build-watch.ts';
import type { LogPieces } from './builds/log-pieces.ts';
import type { DownloadCounter } from './downloads/download-counter.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { BackendSettings } from './settings.ts';

/** Where this backend is reached; known only once it listens, when the system chose the port. */
export interface Address {
  /** For people: in artifact URLs. */
  publicUrl: string;
  /** For builders: where they upload to. */
  builderUrl: string;
}

/** Everything the services share. Made once by `createContext`; nothing of it is global. */
export interface Context {
  readonly db: Kysely<Database>;
  readonly store: ObjectStore;
  readonly log: Logger;
  readonly settings: BackendSettings;
  /** How the operator wants certain crates to be built. */
  readonly overrides: Overrides;
  readonly address: Address;
  readonly metrics: Metrics;
  readonly signals: Signals;
  readonly watches: BuildWatches<BuildState>;
  readonly pieces: LogPieces;
  readonly downloads: DownloadCounter;
  readonly connections: Connections;
  /** Aborted when the backend begins to stop. */
  readonly stopping: AbortSignal;
  /** Signs the jobs; `undefined` where they are not signed. */
  readonly schedulerKey: BuilderKey | undefined;
}
