import { SentenceError } from '@buildsrs/common';
import { statSync } from 'node:fs';
import { FolderIndex } from './folder-index.ts';
import { GitIndex, isGitRepository } from './git-index.ts';
import type { HttpClientOptions } from './http-client.ts';
import type { IndexSource } from './index-source.ts';
import { SparseIndex } from './sparse-index.ts';

/** Whether a registry is given as cargo writes a sparse index: `sparse+https://…` or `sparse+http://…`. */
export function isSparseUrl(registry: string): boolean {
  return /^sparse\+https?:\/\/[^\s/]/.test(registry) && URL.canParse(registry.slice('sparse+'.length));
}

/**
 * Opens an index: a sparse URL as cargo writes it, a git repository (bare or checkout), or a folder of index files.
 *
 * @throws {SentenceError} `bad-registry`, exit code 2, when it is none of these.
 */
export function openIndex(registry: string, options: HttpClientOptions = {}): IndexSource {
  if (isSparseUrl(registry)) return new SparseIndex(registry, options);
  if (/^[a-z][a-z0-9.+-]*:\/\//i.test(registry)) {
    throw new SentenceError(
      'bad-registry',
      `The registry ${registry} is not a sparse index. Write it as cargo does, sparse+https://HOST/PATH/, or name a folder.`,
      { exitCode: 2 },
    );
  }
  if (statSync(registry, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new SentenceError(
      'bad-registry',
      `The registry ${registry} is neither a sparse index (sparse+https://…) nor a folder that is there.`,
      { exitCode: 2 },
    );
  }
  return isGitRepository(registry) ? new GitIndex(registry) : new FolderIndex(registry);
}
