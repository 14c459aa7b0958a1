import type { CrateName, Version } from '@buildsrs/common';

/**
 * Where a registry folder has the `.crate` of a version: `crates/NAME/NAME-VERSION.crate`. Index files stand at the
 * folder's root as in every index; no crate's index path begins with `crates`.
 */
export function crateFilePath(name: CrateName, version: Version): string {
  return `crates/${name}/${name}-${version}.crate`;
}
