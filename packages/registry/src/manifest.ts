import type { CrateName, Version } from '@buildsrs/common';
import { parse } from 'smol-toml';
import { ManifestError } from './manifest-error.ts';
import { tableIn, textIn, type Table } from './manifest-values.ts';

/** Larger manifests than any real one; crates.io's largest are some hundred KiB of features. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A parsed Cargo.toml and its package table. */
export interface Manifest {
  readonly root: Table;
  readonly package: Table;
  readonly edition: string;
}

/** Which crate the index says this is. */
export interface CrateIdentity {
  readonly name: CrateName;
  readonly version: Version;
}

function parseToml(text: string): Table {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded', maxDepth: 100 });
  } catch (error) {
    const line =
      /^(.{1,200})/.exec(error instanceof Error ? error.message : '')?.[1] ?? 'it cannot be parsed';
    throw new ManifestError(`Cargo.toml is not valid TOML: ${line}.`, { cause: error });
  }
}

/**
 * Parses a Cargo.toml and holds it to be of the crate the index promised. `[project]`, cargo's first name of
 * `[package]`, is read as well.
 *
 * @throws {ManifestError}
 */
export function readManifest(text: string, identity: CrateIdentity): Manifest {
  const root = parseToml(text);
  const table = tableIn(root, '[package]', 'package', 'project');
  if (table === undefined) throw new ManifestError('Cargo.toml has no [package] table.');
  const name = textIn(table, 'package.name', 'name');
  const version = textIn(table, 'package.version', 'version');
  if (name !== identity.name || version !== identity.version) {
    const shown = `${JSON.stringify(name ?? '')} ${JSON.stringify(version ?? '')}`.slice(0, 300);
    throw new ManifestError(
      `Cargo.toml is of another crate: it says ${shown}, the index says ${identity.name} ${identity.version}.`,
    );
  }
  return { root, package: table, edition: textIn(table, 'package.edition', 'edition') ?? '2015' };
}
