import {
  durationMs,
  flagSwitch,
  httpUrl,
  optionalText,
  type Settings,
  type SettingsValues,
} from '@buildsrs/common';

/** What every command that asks an instance takes. */
export const instanceSettings = {
  server: { schema: httpUrl, value: 'URL', help: 'The instance to ask.' },
  caFile: {
    schema: optionalText,
    value: 'FILE',
    help: 'Certificates (PEM) to trust besides the usual ones. SSL_CERT_FILE and NODE_EXTRA_CA_CERTS count too.',
  },
  idleTimeout: {
    schema: durationMs('30s'),
    value: 'DURATION',
    help: 'How long the instance may send nothing. Default: 30s.',
  },
  json: { schema: flagSwitch, help: 'One line of JSON on standard output.' },
} as const satisfies Settings;

export type InstanceSettings = SettingsValues<typeof instanceSettings>;
