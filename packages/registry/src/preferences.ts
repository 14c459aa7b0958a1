import { BuildPreferencesSchema, type BuildPreferences, type Rebuild } from '@buildsrs/common';
import * as v from 'valibot';
import { member, type Table } from './manifest-values.ts';

/** Preferences as written, and what of them cannot be used, a sentence each. */
export interface ReadPreferences {
  readonly preferences: BuildPreferences;
  readonly problems: readonly string[];
}

const MAX_PROBLEMS = 20;
const MAX_PROBLEM_LENGTH = 300;
/** Beyond any list that is of use, so that a hostile one costs nothing. */
const MAX_ITEMS = 64;

/** How a table names the preferences. */
const KEYS = {
  features: 'features',
  'no-default-features': 'noDefaultFeatures',
  bins: 'bins',
  targets: 'targets',
  packages: 'packages',
  environment: 'environment',
} as const satisfies Record<string, keyof BuildPreferences>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** A value as it was written, short and harmless in a sentence. */
function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 80).toWellFormed())
      : Array.isArray(value)
        ? 'a list'
        : isTable(value)
          ? 'a table'
          : String(value).slice(0, 80);
  return text.replaceAll(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function rebuildOf(value: unknown): Rebuild | undefined {
  if (value === true) return 'automatic';
  if (value === false) return 'never';
  return value === 'on-request' ? value : undefined;
}

/**
 * Reads the keys `build` (`false`, `true` or `"on-request"`), `features`, `no-default-features`, `bins`, `targets`,
 * `packages` and `environment` of a table. One entry that cannot be used does not take the others with it; none ever
 * makes a crate unreadable, as cargo looks at none of them.
 */
export function readPreferences(table: Table): ReadPreferences {
  const problems: string[] = [];
  const preferences: Record<string, unknown> = {};
  const problem = (sentence: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(sentence.slice(0, MAX_PROBLEM_LENGTH));
  };
  const keep = (key: string, name: keyof BuildPreferences, value: unknown, which: string): boolean => {
    const result = v.safeParse(BuildPreferencesSchema.entries[name], value);
    if (!result.success) problem(`${key}: ${which} ${result.issues[0].message}.`);
    return result.success;
  };
  for (const key of Object.keys(table)) {
    const value = table[key];
    const name = Object.hasOwn(KEYS, key) ? KEYS[key as keyof typeof KEYS] : undefined;
    if (key === 'build') {
      const rebuild = rebuildOf(value);
      if (rebuild === undefined) problem('build: is true, false or "on-request".');
      else preferences['rebuild'] = rebuild;
    } else if (name === undefined) {
      problem(`${shown(key)} is no key that is known.`);
    } else if (name === 'noDefaultFeatures') {
      if (typeof value === 'boolean') preferences[name] = value;
      else problem(`${key}: is true or false.`);
    } else if (name === 'environment') {
      if (!isTable(value)) problem(`${key}: is a table.`);
      else {
        const kept = Object.entries(value)
          .slice(0, MAX_ITEMS)
          .filter(([variable, text]) => keep(key, name, { [variable]: text }, shown(variable)));
        if (kept.length > 0) preferences[name] = Object.fromEntries(kept);
      }
    } else if (!Array.isArray(value)) {
      problem(`${key}: is a list of strings.`);
    } else {
      if (value.length > MAX_ITEMS) problem(`${key}: has more than ${MAX_ITEMS} entries.`);
      const kept = value.slice(0, MAX_ITEMS).filter((item) => keep(key, name, [item], shown(item)));
      if (kept.length > 0 || name === 'features') preferences[name] = [...new Set(kept)];
    }
  }
  const result = v.safeParse(BuildPreferencesSchema, preferences);
  if (result.success) return { preferences: result.output, problems };
  problem(`${v.getDotPath(result.issues[0]) ?? 'an entry'} has too many entries.`);
  return { preferences: {}, problems };
}

/** Whether `[package.metadata.binstall]` takes cargo-quickinstall, the other rebuilder, out of its strategies. */
function refusesRebuilds(metadata: Table): boolean {
  const binstall = member(metadata, 'binstall');
  if (!isTable(binstall)) return false;
  const strategies = member(binstall, 'disabled-strategies');
  return Array.isArray(strategies) && strategies.includes('quick-install');
}

/**
 * What the author wants of builds here, from `[package.metadata]`: the table `buildsrs`, and, where that does not say
 * whether to build, binstall's wish not to be rebuilt, which means on request only.
 *
 * @param table `[package]`.
 */
export function authorPreferences(table: Table): ReadPreferences {
  const metadata = member(table, 'metadata');
  if (!isTable(metadata)) return { preferences: {}, problems: [] };
  const own = member(metadata, 'buildsrs');
  const read: ReadPreferences =
    own === undefined
      ? { preferences: {}, problems: [] }
      : isTable(own)
        ? readPreferences(own)
        : { preferences: {}, problems: ['package.metadata.buildsrs is not a table.'] };
  if (read.preferences.rebuild !== undefined || !refusesRebuilds(metadata)) return read;
  return { ...read, preferences: { ...read.preferences, rebuild: 'on-request' } };
}

/** Leaves out features and programs the crate does not have: cargo would refuse to build with them. */
export function ofThisCrate(
  read: ReadPreferences,
  crate: { readonly features: ReadonlySet<string>; readonly bins: ReadonlySet<string> },
): ReadPreferences {
  const { features, bins, ...rest } = read.preferences;
  const problems = [...read.problems];
  const keep = (names: readonly string[], known: ReadonlySet<string>, what: string): string[] =>
    names.filter((name) => {
      // Whether a dependency has a feature, its own manifest says.
      if (known.has(name) || name.includes('/')) return true;
      if (problems.length < MAX_PROBLEMS) problems.push(`${what}: the crate has no ${shown(name)}.`);
      return false;
    });
  const keptBins = bins === undefined ? [] : keep(bins, crate.bins, 'bins');
  return {
    problems,
    preferences: {
      ...rest,
      ...(features === undefined ? {} : { features: keep(features, crate.features, 'features') }),
      ...(keptBins.length === 0 ? {} : { bins: keptBins }),
    },
  };
}
