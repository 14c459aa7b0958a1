import {
  canonicalCrateName,
  mergePreferences,
  parseCrateName,
  SentenceError,
  type BuildPreferences,
  type CrateName,
  type Version,
} from '@buildsrs/common';
import { parse } from 'smol-toml';
import { member, type Table } from './manifest-values.ts';
import { readPreferences } from './preferences.ts';
import { matchesRequirement, parseRequirement, type Requirement } from './requirement.ts';

interface Override {
  readonly name: string;
  readonly requirement: Requirement;
  readonly preferences: BuildPreferences;
}

/** What an operator wants of some crates' builds, in the order it was written. */
export type Overrides = readonly Override[];

function refuse(where: string, sentence: string): never {
  throw new SentenceError('bad-overrides', `The override file, ${where}: ${sentence}`, { exitCode: 2 });
}

function readOverride(value: unknown, index: number): Override {
  const where = `[[crate]] number ${index + 1}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, 'is not a table.');
  const { name, version, ...rest } = value as Table;
  if (typeof name !== 'string') refuse(where, 'has no name.');
  let crate: CrateName;
  try {
    crate = parseCrateName(name);
  } catch {
    refuse(where, `${JSON.stringify(name).slice(0, 100)} is not a crate's name.`);
  }
  const requirement = parseRequirement(
    typeof version === 'string' ? version : version === undefined ? '*' : '',
  );
  if (requirement === undefined) refuse(where, 'its version is a requirement such as "^1.2" or "=1.2.3".');
  const { preferences, problems } = readPreferences(rest);
  if (problems[0] !== undefined) refuse(`${where} (${crate})`, problems[0]);
  return { name: canonicalCrateName(crate), requirement, preferences };
}

/**
 * Reads an operator's override file: TOML with a `[[crate]]` table per rule, which has a `name`, a `version`
 * requirement (all versions when left out) and the keys of `[package.metadata.buildsrs]`.
 *
 * @throws {SentenceError} `bad-overrides` with exit code 2 for anything that is not understood.
 */
export function readOverrides(text: string): Overrides {
  let root: Table;
  try {
    root = parse(text, { maxDepth: 20 });
  } catch (error) {
    return refuse('as TOML', (error as Error).message.split('\n', 1)[0] ?? 'cannot be parsed.');
  }
  const crates = member(root, 'crate') ?? [];
  const other = Object.keys(root).find((key) => key !== 'crate');
  if (other !== undefined)
    refuse('at its top', `${JSON.stringify(other).slice(0, 100)} is no key that is known.`);
  if (!Array.isArray(crates)) refuse('at its top', 'crates are written as [[crate]].');
  return crates.map(readOverride);
}

/** What the operator wants of a version: every rule that fits it, later ones over earlier ones. */
export function overridesFor(overrides: Overrides, crate: CrateName, version: Version): BuildPreferences {
  const canonical = canonicalCrateName(crate);
  return overrides
    .filter((rule) => rule.name === canonical && matchesRequirement(rule.requirement, version))
    .reduce<BuildPreferences>((merged, rule) => mergePreferences(merged, rule.preferences), {});
}
