import { resolve } from 'node:path';
import { ProblemError, SentenceError } from '@buildsrs/common';
import { errorCode } from './filesystem-errors.ts';
import { openFilesystemStore } from './filesystem-store.ts';
import type { ObjectStore } from './object-store.ts';
import { openS3Store } from './open-s3.ts';

/** How a store is opened. */
export interface OpenStoreOptions {
  /** For S3; without them the usual `AWS_…` variables and files hold. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Opens the store a person named: a folder (made when missing), or
 * `s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME&public-endpoint=URL&create=true`. `endpoint` is for anything but AWS,
 * `public-endpoint` for when people reach it by another name than we do, `create` makes a missing bucket.
 *
 * @throws {SentenceError} `bad-storage` when it cannot be read, `storage-unavailable` when it cannot be used.
 */
export async function openStore(spec: string, options: OpenStoreOptions = {}): Promise<ObjectStore> {
  if (spec.startsWith('s3://')) return await openS3Store(spec, options);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(spec))
    throw new SentenceError(
      'bad-storage',
      `A storage is a folder or an s3:// URL; this is neither: ${spec}`,
      {
        exitCode: 2,
      },
    );
  const folder = resolve(spec);
  try {
    return await openFilesystemStore(folder);
  } catch (error) {
    const cause = ProblemError.is(error) ? error.cause : error;
    throw new SentenceError(
      'storage-unavailable',
      `The storage folder ${folder} cannot be used (${errorCode(cause) ?? 'unknown'}); name another, or mend its permissions.`,
      { exitCode: 3, cause: error },
    );
  }
}
