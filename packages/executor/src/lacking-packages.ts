import { failure, type Failure } from '@buildsrs/common';
import type { SystemPackage } from './toolchain.ts';

/**
 * The failure of a crate that asks for Debian packages which what it is built in is known to lack; nothing is ever
 * installed for a crate. Where the packages are not known (a sandbox, no isolation) the build has to find out.
 */
export function lackingPackages(
  asked: readonly string[],
  installed: readonly SystemPackage[] | undefined,
): Failure | undefined {
  if (installed === undefined) return undefined;
  const names = new Set(installed.map(({ name }) => name));
  const missing = asked.filter((name) => !names.has(name)).join(', ');
  if (missing === '') return undefined;
  return failure(
    'missing-library',
    `The crate asks for Debian packages that are not where it is built: ${missing}.`,
    { hint: `The operator of the builder can add ${missing} to what builds run in.` },
  );
}
