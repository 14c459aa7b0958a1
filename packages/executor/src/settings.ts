import { ExecutorNameSchema, flagSwitch, optionalText, type Settings } from '@buildsrs/common';
import * as v from 'valibot';

/** The settings every program that runs jobs has; merged into its own. */
export const executorSettings = {
  executor: {
    schema: v.optional(ExecutorNameSchema, 'docker'),
    value: 'NAME',
    help: 'How builds run: docker, sandbox (bubblewrap) or process (no isolation). Default: docker.',
  },
  allowUnsandboxed: {
    schema: flagSwitch,
    help: 'Allow the process executor, which runs the code of crates with the rights of this program.',
  },
  caBundle: {
    schema: optionalText,
    value: 'FILE',
    help: 'PEM file of certificates that cargo trusts. Default: NODE_EXTRA_CA_CERTS, then SSL_CERT_FILE.',
  },
} as const satisfies Settings;
