import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';

/** What every handler finds in its context. `Bindings` are missing when the app is called in memory. */
export interface AppEnv {
  Bindings: Partial<HttpBindings> | undefined;
  Variables: {
    /** Names this request in the log and in problem details. */
    requestId: string;
    log: Logger;
  };
}
