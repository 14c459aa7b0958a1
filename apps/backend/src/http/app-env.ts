import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';

/** What every handler finds in its context. */
export interface AppEnv {
  /** Of the server; missing when the app is called in memory. `inProcess`: by our own pages, on behalf of a request that was counted. */
  Bindings: (Partial<HttpBindings> & { readonly inProcess?: boolean }) | undefined;
  Variables: {
    /** Names this request in the log and in problem details. */
    requestId: string;
    log: Logger;
  };
}
