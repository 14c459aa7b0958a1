import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as builderTrust from './0002-builder-trust.ts';

/** Every migration by its name, in order: a static map, so that it is type-checked and needs no folder at run time. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-builder-trust': builderTrust,
};
