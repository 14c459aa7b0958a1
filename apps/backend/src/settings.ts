import {
  durationMs,
  flagSwitch,
  httpUrl,
  IsolationSchema,
  logLevelSetting,
  optionalText,
  portNumber,
  wholeNumber,
  type Settings,
  type SettingsValues,
} from '@buildsrs/common';
import { STORAGE_SETTINGS } from '@buildsrs/storage';
import * as v from 'valibot';

/** The settings of the backend, in flags and variables. */
export const backendSettings = {
  database: {
    schema: v.pipe(
      v.string(),
      v.regex(/^postgres(?:ql)?:\/\//, 'is a PostgreSQL URL such as postgres://user:password@host/name'),
    ),
    help: 'PostgreSQL to keep everything in; give it by the variable when the URL has a password.',
    value: 'URL',
  },
  ...STORAGE_SETTINGS,
  host: {
    schema: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')), '127.0.0.1'),
    help: 'Address to listen on; 127.0.0.1.',
    value: 'HOST',
  },
  port: { schema: portNumber(8080), help: 'Port to listen on, 0 for a free one; 8080.', value: 'PORT' },
  publicUrl: {
    schema: v.optional(httpUrl),
    help: 'URL people reach this by; the address it listens on.',
    value: 'URL',
  },
  builderUrl: {
    schema: v.optional(httpUrl),
    help: 'URL builders upload to, where it differs from the public one.',
    value: 'URL',
  },
  minIsolation: {
    schema: v.optional(IsolationSchema, 'none'),
    help: 'Least isolation a build may run in: none, sandbox, container, gvisor or vm; none.',
    value: 'LEVEL',
  },
  schedulerKey: {
    schema: optionalText,
    help: 'Private key to sign jobs by, which builders can pin; jobs are not signed.',
    value: 'FILE',
  },
  overrides: {
    schema: optionalText,
    help: 'TOML file that says how certain crates are built, over what their authors say; none.',
    value: 'FILE',
  },
  lease: {
    schema: v.pipe(durationMs('60s'), v.minValue(1_000, 'is at least 1s')),
    help: 'How long a builder that falls silent keeps its build; 60s.',
    value: 'DURATION',
  },
  requestRate: {
    schema: wholeNumber({ min: 1, max: 1_000_000, default: 120 }),
    help: 'Build requests one address may make a minute; 120.',
    value: 'COUNT',
  },
  trustProxy: {
    schema: flagSwitch,
    help: 'Believe X-Forwarded-For: only behind a proxy that sets it.',
  },
  proxyDownloads: {
    schema: flagSwitch,
    help: 'Send bytes from S3 through this server instead of redirecting to presigned URLs.',
  },
  apiOnly: {
    schema: flagSwitch,
    help: 'Serve the API and downloads without the web pages, where a frontend does that.',
  },
  connections: {
    schema: wholeNumber({ min: 2, max: 1_000, default: 10 }),
    help: 'Database connections to hold at most; 10.',
    value: 'COUNT',
  },
  logLevel: logLevelSetting,
} as const satisfies Settings;

/** What the backend's settings come to. */
export type BackendSettings = SettingsValues<typeof backendSettings>;
