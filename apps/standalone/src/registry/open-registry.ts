import { SentenceError } from '@buildsrs/common';
import { CRATES_IO, isSparseUrl, openIndex, serveRegistryFolder } from '@buildsrs/registry';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { shownPath } from '../view/format.ts';

/** Where crates come from. */
export interface OpenRegistry extends AsyncDisposable {
  /** The flags that point registry-sync at it. */
  readonly syncArgs: readonly string[];
  /** What people call it. */
  readonly title: string;
  /** Why it cannot be asked; `undefined` when it answers. */
  readonly unreachable: Promise<SentenceError | undefined>;
}

/** The crate that is built where crates.io cannot be reached, and the folder it is in. */
export const SAMPLE = {
  crate: 'hello-buildsrs',
  folder: path.resolve(import.meta.dirname, '../../../../fixtures/registry'),
} as const;

/** Serves a folder as a sparse index, for as long as we run. */
export async function openFolderRegistry(folder: string): Promise<OpenRegistry> {
  const served = await serveRegistryFolder(folder);
  return {
    syncArgs: ['--registry', folder, '--cargo-index', served.index],
    title: shownPath(folder),
    unreachable: Promise.resolve(undefined),
    [Symbol.asyncDispose]: async () => await served.close(),
  };
}

/**
 * Opens the registry that was asked for: a sparse index, or a folder, which is served as one; crates.io unless given.
 *
 * @throws {SentenceError} `bad-registry`, exit code 2, when it is neither.
 */
export async function openRegistry(registry: string | undefined): Promise<OpenRegistry> {
  const index = registry ?? CRATES_IO.sparseIndex;
  if (isSparseUrl(index)) {
    const slashed = index.endsWith('/') ? index : `${index}/`;
    return {
      syncArgs: ['--registry', slashed],
      title: registry === undefined ? 'crates.io' : new URL(slashed.slice('sparse+'.length)).host,
      unreachable: ask(slashed),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const isFolder = await stat(index).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (isFolder) return await openFolderRegistry(path.resolve(index));
  throw new SentenceError(
    'bad-registry',
    `The registry ${index} is neither a sparse index (sparse+https://…) nor a folder that is there.`,
    { exitCode: 2 },
  );
}

async function ask(index: string): Promise<SentenceError | undefined> {
  const source = openIndex(index, { attempts: 2, timeoutMs: 10_000 });
  try {
    await source.config();
    return undefined;
  } catch (error) {
    return SentenceError.is(error)
      ? error
      : new SentenceError(
          'registry-unreachable',
          `The registry does not answer (${(error as Error).message}).`,
        );
  } finally {
    await source.close();
  }
}
