import { httpUrl, logLevelSetting, portNumber, type Settings, type SettingsValues } from '@buildsrs/common';
import * as v from 'valibot';

/** The settings of the frontend, in flags and variables. */
export const frontendSettings = {
  backend: { schema: httpUrl, help: 'URL of the backend whose API the pages are made from.', value: 'URL' },
  host: {
    schema: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')), '127.0.0.1'),
    help: 'Address to listen on; 127.0.0.1.',
    value: 'HOST',
  },
  port: { schema: portNumber(8081), help: 'Port to listen on, 0 for a free one; 8081.', value: 'PORT' },
  publicUrl: {
    schema: v.optional(httpUrl),
    help: 'URL people reach this by; the address it listens on.',
    value: 'URL',
  },
  logLevel: logLevelSetting,
} as const satisfies Settings;

/** What the frontend's settings come to. */
export type FrontendSettings = SettingsValues<typeof frontendSettings>;
