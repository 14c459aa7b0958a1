import {
  mergePreferences,
  type BuildPreferences,
  type CrateFacts,
  type CrateName,
  type Version,
} from '@buildsrs/common';
import { overridesFor, type Overrides } from '@buildsrs/registry';
import { whyNoProgram } from '../crates/no-program.ts';

/** A version, and what its manifest says where that is known. */
export interface KnownVersion {
  readonly crate: CrateName;
  readonly version: Version;
  readonly facts: Pick<CrateFacts, 'preferences'> | null;
}

/** What is wanted of a version's builds: the author's wishes, and this instance's own over them. */
export function wantedOf(overrides: Overrides, known: KnownVersion): BuildPreferences {
  return mergePreferences(
    known.facts?.preferences ?? {},
    overridesFor(overrides, known.crate, known.version),
  );
}

/** Why a version is not built although it could be; `undefined` where nobody objects. */
export function whyNotWanted(overrides: Overrides, known: KnownVersion): string | undefined {
  if (wantedOf(overrides, known).rebuild !== 'never') return undefined;
  const byOperator = overridesFor(overrides, known.crate, known.version).rebuild === 'never';
  const who = byOperator ? 'the operator of this instance has decided so' : 'its author asks for that';
  return `${known.crate} ${known.version} is not built here: ${who}.`;
}

/**
 * Why nothing of a version can be built as it is. Features and programs an operator asks for are for the build to
 * decide: the facts were read with the author's.
 */
export function whyNothingToBuild(
  overrides: Overrides,
  known: KnownVersion & { readonly facts: CrateFacts },
): string | undefined {
  const { features, noDefaultFeatures, bins } = overridesFor(overrides, known.crate, known.version);
  const asked = features !== undefined || noDefaultFeatures !== undefined || bins !== undefined;
  if (asked && known.facts.binaries.length > 0) return undefined;
  return whyNoProgram(known.crate, known.version, known.facts);
}

/** The facts with the programs that are published here: the operator's choice of them, where there is one. */
export function shownFacts(
  overrides: Overrides,
  known: KnownVersion & { readonly facts: CrateFacts | null },
): CrateFacts | null {
  const { facts } = known;
  const { bins } = overridesFor(overrides, known.crate, known.version);
  if (facts === null || bins === undefined) return facts;
  const binaries = facts.binaries.map((binary) => ({ ...binary, default: bins.includes(binary.name) }));
  return { ...facts, binaries };
}
