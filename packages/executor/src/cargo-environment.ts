import { CRATES_IO } from '@buildsrs/registry';
import type { WorkspacePaths } from './driver.ts';

/** Where builds see their folders, on every executor that can arrange it; elsewhere paths are mapped to these. */
export const FIXED_PATHS: WorkspacePaths = { build: '/build', cargoHome: '/cargo' };

/** The name of the registry that stands in for crates.io, in cargo's configuration. */
const REPLACEMENT = 'buildsrs';

/**
 * cargo's configuration for a job: the job's registry in the place of crates.io, by source replacement, so that lock
 * files and package ids are the same whatever mirror served them.
 */
export function cargoConfig(index: string): string {
  const lines = ['[net]', 'retry = 4', 'git-fetch-with-cli = false', ''];
  if (index !== CRATES_IO.sparseIndex) {
    // JSON strings are TOML basic strings.
    lines.push('[source.crates-io]', `replace-with = "${REPLACEMENT}"`, '');
    lines.push(`[source.${REPLACEMENT}]`, `registry = ${JSON.stringify(index)}`, '');
  }
  return lines.join('\n');
}

/** What every cargo command gets: plain behaviour, no surprise from this machine's language or clock. */
export const CARGO_ENVIRONMENT: Readonly<Record<string, string>> = {
  CARGO_INCREMENTAL: '0',
  CARGO_TERM_COLOR: 'always',
  CARGO_TERM_PROGRESS_WHEN: 'never',
  CARGO_TERM_QUIET: 'false',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
};

/**
 * The compiler's flags: paths of this build become the fixed ones, and the folders that registries unpack into, which
 * are named after the mirror, one name for all. The last flag that matches wins.
 */
export function remapFlags(paths: WorkspacePaths, registryDirs: readonly string[]): string[] {
  return [
    `--remap-path-prefix=${paths.build}=${FIXED_PATHS.build}`,
    `--remap-path-prefix=${paths.cargoHome}=${FIXED_PATHS.cargoHome}`,
    ...registryDirs.map((dir) => `--remap-path-prefix=${dir}=${FIXED_PATHS.cargoHome}/registry/src`),
  ];
}

/** A text of a build with its own paths as the fixed ones: build info must not tell one machine's folders. */
export function withFixedPaths(text: string, paths: WorkspacePaths): string {
  return text.replaceAll(paths.build, FIXED_PATHS.build).replaceAll(paths.cargoHome, FIXED_PATHS.cargoHome);
}
