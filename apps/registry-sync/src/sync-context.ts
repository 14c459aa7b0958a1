import type { Database } from '@buildsrs/database';
import type { IndexSource } from '@buildsrs/registry';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Wanted } from './write-crates.ts';

/** What a synchronisation works with. */
export interface SyncContext {
  readonly db: Kysely<Database>;
  readonly index: IndexSource;
  readonly wanted: Wanted;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Under which name cursors are kept. What is wanted is part of it: when `newest` is switched on, crates that were read
 * before are looked at again.
 */
export function cursorKey({ index, wanted }: Pick<SyncContext, 'index' | 'wanted'>, crate?: string): string {
  return [
    index.location,
    ...(wanted === 'none' ? [] : [wanted]),
    ...(crate === undefined ? [] : [crate]),
  ].join(' ');
}
