import type { Manifest } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { member, switchIn, textIn, textsIn, tableIn, type Table } from './manifest-values.ts';

/** A program of a manifest. */
export interface ManifestBinary {
  readonly name: string;
  readonly requiredFeatures: readonly string[];
}

/** Programs cargo finds by their place: `src/main.rs`, `src/bin/NAME.rs`, `src/bin/NAME/main.rs` → name and path. */
function inferredBinaries(packageName: string, paths: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (paths.has('src/main.rs')) found.set(packageName, 'src/main.rs');
  for (const path of paths) {
    const match = /^src\/bin\/(?:([^/.][^/]*)\.rs|([^/.][^/]*)\/main\.rs)$/.exec(path);
    const name = match?.[1] ?? match?.[2];
    if (name === undefined) continue;
    if (found.has(name))
      throw new ManifestError(`Two programs are named ${JSON.stringify(name).slice(0, 300)}.`);
    found.set(name, path);
  }
  return found;
}

function explicitBinaries(
  root: Table,
): readonly (ManifestBinary & { path: string | undefined })[] | undefined {
  const value = member(root, 'bin');
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new ManifestError('Cargo.toml: [[bin]] is not a list of tables.');
  return value.map((_, index) => {
    const bin = tableIn(value as unknown as Table, '[[bin]]', String(index)) as Table;
    const name = textIn(bin, 'a name of [[bin]]', 'name');
    if (name === undefined) throw new ManifestError('Cargo.toml: a [[bin]] has no name.');
    return {
      name,
      path: textIn(bin, 'a path of [[bin]]', 'path'),
      requiredFeatures: textsIn(bin, 'required-features', 'required-features') ?? [],
    };
  });
}

/**
 * The programs of a crate as cargo sees them: `[[bin]]` and those found by their place. With `autobins = false`, and in
 * edition 2015 as soon as one `[[bin]]` is written, only what is written counts (Cargo book, "Target auto-discovery").
 *
 * @param paths Every file of the package, relative to its root.
 * @throws {ManifestError}
 */
export function manifestBinaries(
  manifest: Manifest,
  packageName: string,
  paths: ReadonlySet<string>,
): readonly ManifestBinary[] {
  const written = explicitBinaries(manifest.root);
  const auto = switchIn(manifest.package, 'autobins', 'autobins');
  const infer = auto ?? (written === undefined || manifest.edition !== '2015');
  const names = new Set<string>();
  const binaries: ManifestBinary[] = [];
  for (const bin of written ?? []) {
    if (names.has(bin.name))
      throw new ManifestError(`Two programs are named ${JSON.stringify(bin.name).slice(0, 300)}.`);
    names.add(bin.name);
    binaries.push({ name: bin.name, requiredFeatures: bin.requiredFeatures });
  }
  if (!infer) return binaries;
  const taken = new Set((written ?? []).map((bin) => bin.path?.replace(/^\.\//, '')));
  for (const [name, path] of inferredBinaries(packageName, paths)) {
    if (!names.has(name) && !taken.has(path)) binaries.push({ name, requiredFeatures: [] });
  }
  return binaries;
}

/** The crate types of a crate's library; empty where it has none. */
export function manifestLibrary(manifest: Manifest, paths: ReadonlySet<string>): readonly string[] {
  const library = tableIn(manifest.root, '[lib]', 'lib');
  const auto = switchIn(manifest.package, 'autolib', 'autolib') ?? true;
  if (library === undefined) return auto && paths.has('src/lib.rs') ? ['lib'] : [];
  if (switchIn(library, 'lib.proc-macro', 'proc-macro', 'proc_macro') === true) return ['proc-macro'];
  const types = textsIn(library, 'lib.crate-type', 'crate-type', 'crate_type') ?? [];
  return types.length === 0 ? ['lib'] : [...new Set(types)];
}
