import { optionalText, type Settings } from '@buildsrs/common';
import * as v from 'valibot';
import { CRATES_IO } from './defaults.ts';

/** The settings every program that reads a registry has; merged into its own. */
export const registrySettings = {
  registry: {
    schema: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')), CRATES_IO.sparseIndex),
    value: 'URL|FOLDER',
    help: 'The index: sparse+https://…, a git repository, or a folder. Default: crates.io, sparse.',
  },
  contact: {
    schema: optionalText,
    value: 'TEXT',
    help: 'Who to write to, for the User-Agent header; registries ask for it.',
  },
} as const satisfies Settings;

/** The User-Agent of a program: its name, and the contact where one is given. */
export function userAgentOf(program: string, contact: string | undefined): string {
  const plain = contact?.replaceAll(/[^\u0020-\u007e]/g, '').slice(0, 200);
  return plain === undefined || plain === '' ? `${program}/0.1.0` : `${program}/0.1.0 (${plain})`;
}
