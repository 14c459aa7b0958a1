import {
  ExecutorNameSchema,
  flagSwitch,
  optionalText,
  portNumber,
  TargetSchema,
  type ProgramUsage,
  type Settings,
  type SettingsValues,
} from '@buildsrs/common';
import * as v from 'valibot';

/** The port that is tried first; another free one is taken when it is in use and was not asked for. */
export const DEFAULT_PORT = 8000;

/** The settings of the start command. */
export const standaloneSettings = {
  once: {
    schema: flagSwitch,
    help: 'Stop when all that was asked for is finished: 0 all built, 1 something failed.',
  },
  json: {
    schema: flagSwitch,
    help: 'One line of JSON per finished task on standard output, all else on standard error.',
  },
  data: {
    schema: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')), './data'),
    value: 'DIR',
    help: 'Folder for the database, the artifacts and the download cache; ./data.',
  },
  port: {
    schema: v.optional(portNumber(DEFAULT_PORT)),
    value: 'N',
    help: `Port to listen on, on 127.0.0.1; ${DEFAULT_PORT}, or a free one.`,
  },
  target: {
    schema: v.optional(v.array(TargetSchema), []),
    value: 'TARGET',
    repeatable: true,
    help: "Target to build for; this machine's own.",
  },
  executor: {
    schema: v.optional(ExecutorNameSchema),
    value: 'NAME',
    help: 'docker, sandbox or process (no isolation); the first of these that this machine has.',
  },
  registry: {
    schema: optionalText,
    value: 'URL|FOLDER',
    help: 'Where crates come from: sparse+https://… as cargo writes it, or a folder; crates.io.',
  },
  overrides: {
    schema: optionalText,
    value: 'FILE',
    help: 'TOML file that says how certain crates are built, over what their authors say; none.',
  },
  database: {
    schema: optionalText,
    value: 'URL',
    help: 'A PostgreSQL of your own, postgres://…; one in the data folder.',
  },
  storage: {
    schema: optionalText,
    value: 'URL|FOLDER',
    help: 'Where artifacts are kept: a folder or s3://…; a folder in the data folder.',
  },
} as const satisfies Settings;

/** What the settings come to. */
export type StandaloneSettings = SettingsValues<typeof standaloneSettings>;

/** How the start command is called. */
export const standaloneUsage: ProgramUsage<typeof standaloneSettings> = {
  name: 'pnpm start',
  summary: 'Builds crates of crates.io on this machine, with all of builds.rs running here.',
  settings: standaloneSettings,
  positionals: '[CRATE[@VERSION]…]',
  examples: [
    'pnpm start ripgrep                     build the newest version, then keep serving it',
    'pnpm start hexyl ripgrep@14.1.0 --once build two, then stop',
    'pnpm start                             serve what is there, and build what is asked for on the page',
  ],
};
