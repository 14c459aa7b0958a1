/** A PostgreSQL server of our own. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `postgres://…` of the database `buildsrs`. */
  readonly url: string;
  /** Stops it cleanly and frees its folder. */
  stop(): Promise<void>;
}
/** Where its files are, and its port: any free one unless given. */
export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly port?: number;
}
/** Starts it. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  throw new Error(`not yet: ${options.dataDir}`);
}
