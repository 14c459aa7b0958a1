import type { ObjectStore } from './object-store.ts';

/** How a store is opened. */
export interface OpenStoreOptions {
  /** For S3; without them the usual `AWS_…` variables and files hold. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Opens the store a person named: a folder (made when missing), or
 * `s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME&public-endpoint=URL&create=true`.
 *
 * @throws {SentenceError} `bad-storage` when it cannot be read, `storage-unavailable` when it cannot be used.
 */
export async function openStore(_spec: string, _options: OpenStoreOptions = {}): Promise<ObjectStore> {
  throw new Error('not yet');
}
