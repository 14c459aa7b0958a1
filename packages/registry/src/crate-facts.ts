import { CrateFactsSchema, type BuildPreferences, type CrateFacts } from '@buildsrs/common';
import * as v from 'valibot';
import { readManifestFeatures } from './manifest-features.ts';
import { ManifestError } from './manifest-error.ts';
import { manifestBinaries, manifestLibrary } from './manifest-targets.ts';
import { authorPreferences, ofThisCrate } from './preferences.ts';
import { readManifest, type CrateIdentity } from './manifest.ts';
import { member, textIn, type Table } from './manifest-values.ts';

/** Features and names beyond this are not listed; whether a program is default is decided before. */
const MAX_LISTED = 2_000;

/** Text for people; a crate may leave it out or write nonsense, which is no reason not to build it. */
function told(table: Table, name: string, maxLength: number): string | undefined {
  const value = member(table, name);
  if (typeof value !== 'string') return undefined;
  const text = value
    .toWellFormed()
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
    .trim();
  return text === '' ? undefined : text.slice(0, maxLength).toWellFormed();
}

/** A link of a manifest; only http and https ever become one of ours. */
function link(table: Table, name: string): string | undefined {
  const text = told(table, name, 2_001);
  return text !== undefined && text.length <= 2_000 && /^https?:\/\/\S+$/i.test(text) ? text : undefined;
}

/** What a build enables when the author's wishes for builds here are followed. */
function enabledByAuthor(root: Table, preferences: BuildPreferences): ReadonlySet<string> {
  const wanted = [
    ...(preferences.noDefaultFeatures === true ? [] : ['default']),
    ...(preferences.features ?? []),
  ];
  return readManifestFeatures(root, wanted).enabled;
}

/**
 * What can be built of a crate, as cargo sees it with its default features.
 *
 * @param manifestText The archive's `Cargo.toml`.
 * @param files Every file of the archive, relative to its root.
 * @throws {ManifestError} for a manifest cargo would refuse or that is of another crate.
 */
export function crateFactsOf(
  manifestText: string,
  files: Iterable<string>,
  identity: CrateIdentity,
): CrateFacts {
  const manifest = readManifest(manifestText, identity);
  const paths = new Set(files);
  const features = readManifestFeatures(manifest.root);
  const binaries = manifestBinaries(manifest, identity.name, paths);
  const { preferences, problems } = ofThisCrate(authorPreferences(manifest.package), {
    features: new Set(features.names),
    bins: new Set(binaries.map((bin) => bin.name)),
  });
  const enabled = enabledByAuthor(manifest.root, preferences);
  const wanted = (name: string): boolean => preferences.bins?.includes(name) ?? true;
  const facts = {
    binaries: binaries.map((bin) => ({
      name: bin.name,
      requiredFeatures: bin.requiredFeatures,
      default: wanted(bin.name) && bin.requiredFeatures.every((feature) => enabled.has(feature)),
    })),
    library: manifestLibrary(manifest, paths),
    features: features.names.slice(0, MAX_LISTED),
    defaultFeatures: [...features.enabled].slice(0, MAX_LISTED),
    edition: manifest.edition,
    rustVersion: textIn(manifest.package, 'package.rust-version', 'rust-version'),
    defaultRun: textIn(manifest.package, 'package.default-run', 'default-run'),
    description: told(manifest.package, 'description', 2_000),
    license: told(manifest.package, 'license', 500),
    repository: link(manifest.package, 'repository'),
    homepage: link(manifest.package, 'homepage'),
    lockfile: paths.has('Cargo.lock'),
    ...(Object.keys(preferences).length === 0 ? {} : { preferences }),
    ...(problems.length === 0 ? {} : { ignoredPreferences: problems }),
  };
  const result = v.safeParse(CrateFactsSchema, facts);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ManifestError(
      `Cargo.toml: ${v.getDotPath(issue) ?? 'a value'} is not what cargo takes: ${issue.message}`,
    );
  }
  return result.output;
}
