import type { CrateName } from '@buildsrs/common';
import type { IndexEntry } from './index-entry.ts';
import type { RegistryConfig } from './registry-config.ts';

/** A line of an index file that was left out, and why. */
export interface SkippedLine {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** A crate's versions as its index file has them. */
export interface IndexedCrate {
  /** The spelling of the newest line. */
  readonly name: CrateName;
  readonly entries: readonly IndexEntry[];
  readonly skipped: readonly SkippedLine[];
}

/** The answer to a look-up. */
export type IndexLookup =
  | { readonly status: 'found'; readonly crate: IndexedCrate; readonly validator: string | undefined }
  /** The same as when `validator` was given. */
  | { readonly status: 'unchanged' }
  | { readonly status: 'absent' };

/** What changed in an index since a cursor. */
export interface IndexChanges {
  /** What to ask with next time; to be kept only after every crate was. */
  readonly cursor: string;
  /** Crates whose file changed, in a stable order. Files that are no index files are `skipped` with no entries. */
  readonly crates: AsyncIterable<IndexedCrate>;
}

/** A registry's index, wherever it is kept. Errors are `SentenceError`s. */
export interface IndexSource {
  readonly kind: 'sparse' | 'git' | 'folder';
  /** As the operator wrote it; also the key under which cursors are kept. */
  readonly location: string;
  config(): Promise<RegistryConfig>;
  /** One crate; `validator` of an earlier answer makes it conditional where the source can. */
  lookUp(name: CrateName, options?: { validator?: string; signal?: AbortSignal }): Promise<IndexLookup>;
  /** Every crate, or those that changed since the cursor. Sparse indexes cannot tell, and have no such method. */
  changes?(since: string | undefined, options?: { signal?: AbortSignal }): Promise<IndexChanges>;
  /** Every crate's name in lower case, without asking anybody; only sources that have all of them at hand. */
  names?(): Promise<readonly string[]>;
  close(): Promise<void>;
}
