import type { CrateFacts, CrateName, Version } from '@buildsrs/common';

/** Names shown of programs that need features. */
const MAX_NAMES = 5;

/** Why nothing of a version can be built as it is; `undefined` when something can. */
export function whyNoProgram(crate: CrateName, version: Version, facts: CrateFacts): string | undefined {
  if (facts.binaries.some((binary) => binary.default)) return undefined;
  const names = facts.binaries.map((binary) => binary.name);
  if (names.length === 0) return `${crate} ${version} is a library: it has no program to build.`;
  const shown = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '');
  return `${crate} ${version} has no program that its default features build; with others it has ${shown}.`;
}
