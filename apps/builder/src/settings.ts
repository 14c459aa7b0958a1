import {
  byteSize,
  durationMs,
  flagSwitch,
  optionalText,
  TargetSchema,
  wholeNumber,
  type Settings,
} from '@buildsrs/common';
import { executorSettings } from '@buildsrs/executor';
import * as v from 'valibot';
import type { MinimumFree } from './agent/index.ts';

const MinimumFreeText = v.pipe(
  v.string(),
  v.regex(/^(?:\d{1,2}%|\d{1,9}[KMGT]?)$/, 'is a share such as 15% or a size such as 20G'),
);

/** What has to be free, as the setting says it. What is not said is meant for disks of any size: a build takes at most 10 GiB. */
export function minimumFreeOf(setting: string): MinimumFree {
  if (setting.endsWith('%')) {
    const percent = Number.parseInt(setting, 10);
    return setting === builderSettings.minFree.schema.default
      ? { percent, mostBytes: 10 * 1024 ** 3 }
      : { percent };
  }
  return { bytes: v.parse(byteSize('0'), setting) };
}

/** The settings of the builder, as flags and `BUILDSRS_…` variables. */
export const builderSettings = {
  backend: {
    schema: v.optional(
      v.pipe(
        v.string(),
        v.url('is the URL of a backend'),
        v.regex(/^(?:ws|http)s?:\/\//, 'is a ws://, wss://, http:// or https:// URL'),
      ),
      'http://127.0.0.1:8000',
    ),
    value: 'URL',
    help: 'The backend to build for: its base URL. Default: http://127.0.0.1:8000.',
  },
  data: {
    schema: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')), 'data/builder'),
    value: 'DIR',
    help: 'Folder for download caches and running builds. Default: data/builder.',
  },
  key: {
    schema: optionalText,
    value: 'FILE',
    help: "The builder's private key (OpenSSH Ed25519 or PKCS #8, no passphrase). Default: key in the data folder.",
  },
  generateKey: {
    schema: flagSwitch,
    help: 'Make the key file when it is missing, print its public key, and stop.',
  },
  doctor: {
    schema: flagSwitch,
    help: 'Print each layer of isolation of each executor as present or missing, with what to do, and stop.',
  },
  json: {
    schema: flagSwitch,
    help: 'With --doctor: say it in one line of JSON.',
  },
  ...executorSettings,
  slots: {
    schema: wholeNumber({ min: 1, max: 256, default: 1 }),
    value: 'N',
    help: 'How many builds run at once. Default: 1.',
  },
  minFree: {
    schema: v.optional(MinimumFreeText, '15%'),
    value: 'SHARE|SIZE',
    help: 'What must be free on the disk of the data folder for a build to be taken, such as 10% or 20G. Default: 15%, but no more than 10G.',
  },
  target: {
    schema: v.optional(v.array(TargetSchema), []),
    value: 'TARGET',
    repeatable: true,
    help: "Targets to build for. Default: the toolchain's own.",
  },
  kind: {
    schema: v.optional(v.array(v.picklist(['metadata', 'binary'], 'is metadata or binary')), []),
    value: 'KIND',
    repeatable: true,
    help: 'Kinds to build: metadata, binary. Default: both.',
  },
  drainTimeout: {
    schema: durationMs('60s'),
    value: 'DURATION',
    help: 'After SIGTERM, how long running builds may go on before they are given back. Default: 60s.',
  },
  expectServer: {
    schema: optionalText,
    value: 'URL',
    help: "The backend's public URL; a challenge that names another is not signed. Default: any.",
  },
  schedulerKey: {
    schema: optionalText,
    value: 'FILE|LINE',
    help: "The scheduler's public key: jobs it did not sign are refused. Default: any job is taken.",
  },
  logLevel: {
    schema: v.optional(
      v.picklist(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'is fatal, error, warn, info, debug, trace or silent',
      ),
      'info',
    ),
    value: 'LEVEL',
    help: 'Least level of the log on standard error. Default: info.',
  },
} as const satisfies Settings;
