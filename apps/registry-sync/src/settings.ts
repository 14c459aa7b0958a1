import {
  durationMs,
  flagSwitch,
  logLevelSetting,
  type Settings,
  type SettingsValues,
} from '@buildsrs/common';
import { isSparseUrl, registrySettings } from '@buildsrs/registry';
import * as v from 'valibot';

/** The settings of registry-sync, in flags and variables. */
export const syncSettings = {
  database: {
    schema: v.pipe(
      v.string(),
      v.regex(/^postgres(?:ql)?:\/\//, 'is a PostgreSQL URL such as postgres://user:password@host/name'),
    ),
    help: 'PostgreSQL to write to; give it by the variable when the URL has a password.',
    value: 'URL',
  },
  ...registrySettings,
  cargoIndex: {
    schema: v.optional(
      v.pipe(v.string(), v.check(isSparseUrl, 'is a sparse index such as sparse+https://host/path/')),
    ),
    help: 'The sparse index cargo uses in builds, where --registry is a folder or repository. Default: crates.io.',
    value: 'URL',
  },
  once: { schema: flagSwitch, help: 'Synchronise once, print a summary in JSON, and stop.' },
  interval: {
    schema: v.pipe(durationMs('5m'), v.minValue(1_000, 'is at least 1s')),
    help: 'Pause between synchronisations; 5m.',
    value: 'DURATION',
  },
  wanted: {
    schema: v.optional(v.picklist(['newest', 'none'], 'is newest or none'), 'none'),
    help: 'What is built unasked: the newest stable version of each crate, or none; none.',
    value: 'WHAT',
  },
  logLevel: logLevelSetting,
} as const satisfies Settings;

/** What registry-sync's settings come to. */
export type SyncSettings = SettingsValues<typeof syncSettings>;
