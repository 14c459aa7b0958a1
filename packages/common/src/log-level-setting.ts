import * as v from 'valibot';
import type { Setting } from './config.ts';

/** How much a server logs to standard error; the setting of every server, merged into its own. */
export const logLevelSetting = {
  schema: v.optional(
    v.picklist(['debug', 'info', 'warn', 'error', 'silent'], 'is one of debug, info, warn, error and silent'),
    'info',
  ),
  help: 'How much is logged to standard error: debug, info, warn, error, silent; info.',
  value: 'LEVEL',
} as const satisfies Setting;
