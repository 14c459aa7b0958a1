import type { CrateName } from '@buildsrs/common';

/** The folder part of an index path in the spelling given: `1`, `2`, `3/a` or `ab/cd` (Cargo book, "Index files"). */
export function cratePrefix(name: string): string {
  if (name.length <= 2) return String(name.length);
  if (name.length === 3) return `3/${name.slice(0, 1)}`;
  return `${name.slice(0, 2)}/${name.slice(2, 4)}`;
}

/** Where a crate's lines are below an index's root, sparse, git or folder: lower case, `se/rd/serde`. */
export function indexPathOf(name: CrateName): string {
  const lower = name.toLowerCase();
  return `${cratePrefix(lower)}/${lower}`;
}

/** The lower-case name an index path stands for, or `undefined` when it is not where the index would put a crate. */
export function nameOfIndexPath(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) return undefined;
  return `${cratePrefix(name)}/${name}` === path ? name : undefined;
}
