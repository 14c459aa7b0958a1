import { switchIn, tableIn, textsIn, type Table } from './manifest-values.ts';

/** The features of a manifest as cargo resolves them. */
export interface ManifestFeatures {
  /** Every feature, those that optional dependencies give implicitly with them. */
  readonly names: readonly string[];
  /** What a build enables: feature names, and `dependency/feature` for those of dependencies. Without `default`. */
  readonly enabled: ReadonlySet<string>;
}

/** A dependency by the name the manifest gives it; it may stand in several tables. */
interface Dependency {
  optional: boolean;
  readonly features: Set<string>;
}

const KINDS: readonly (readonly string[])[] = [
  ['dependencies'],
  ['build-dependencies', 'build_dependencies'],
];

function readDependencies(table: Table, into: Map<string, Dependency>): void {
  for (const [kind, ...others] of KINDS) {
    const dependencies = tableIn(table, `[${kind}]`, kind as string, ...others);
    for (const name of Object.keys(dependencies ?? {})) {
      const known = into.get(name) ?? { optional: false, features: new Set<string>() };
      into.set(name, known);
      if (typeof dependencies?.[name] === 'string') continue;
      const details = tableIn(
        dependencies as Table,
        `the dependency ${JSON.stringify(name).slice(0, 80)}`,
        name,
      );
      if (details === undefined) continue;
      if (switchIn(details, 'optional', 'optional') === true) known.optional = true;
      for (const feature of textsIn(details, 'features', 'features') ?? []) known.features.add(feature);
    }
  }
}

function dependenciesOf(root: Table): Map<string, Dependency> {
  const found = new Map<string, Dependency>();
  readDependencies(root, found);
  const targets = tableIn(root, '[target]', 'target');
  for (const name of Object.keys(targets ?? {})) {
    readDependencies(tableIn(targets as Table, 'a [target] table', name) as Table, found);
  }
  return found;
}

function explicitFeatures(root: Table): Map<string, readonly string[]> {
  const table = tableIn(root, '[features]', 'features') ?? {};
  const features = new Map<string, readonly string[]>();
  for (const name of Object.keys(table)) {
    features.set(
      name,
      textsIn(table, `the feature ${JSON.stringify(name).slice(0, 80)}`, name) as readonly string[],
    );
  }
  return features;
}

/**
 * Resolves a manifest's features: an optional dependency is a feature of its name unless some feature says
 * `dep:NAME`; `dependency/feature` enables an optional dependency, `dependency?/feature` does not (Cargo book, "Features").
 *
 * @param wanted What the build is asked to enable: features, or `dependency/feature`.
 * @throws {ManifestError} for what is not of the right type.
 */
export function readManifestFeatures(root: Table, wanted: readonly string[] = ['default']): ManifestFeatures {
  const features = explicitFeatures(root);
  const dependencies = dependenciesOf(root);
  const hidden = new Set<string>();
  for (const values of features.values()) {
    for (const value of values) if (value.startsWith('dep:')) hidden.add(value.slice('dep:'.length));
  }
  for (const [name, dependency] of dependencies) {
    if (dependency.optional && !hidden.has(name) && !features.has(name)) features.set(name, [`dep:${name}`]);
  }
  return { names: [...features.keys()], enabled: closure(features, dependencies, wanted) };
}

/** No feature has this name: what the build asks for stands under it. */
const ASKED = '';

function closure(
  declared: ReadonlyMap<string, readonly string[]>,
  dependencies: ReadonlyMap<string, Dependency>,
  wanted: readonly string[],
): ReadonlySet<string> {
  const features = new Map([...declared, [ASKED, wanted]]);
  const enabled = new Set<string>();
  const active = new Set([...dependencies].filter(([, { optional }]) => !optional).map(([name]) => name));
  const weak: { dependency: string; feature: string }[] = [];
  const waiting = [ASKED];
  for (let feature = waiting.pop(); feature !== undefined; feature = waiting.pop()) {
    if (enabled.has(feature) || !features.has(feature)) continue;
    enabled.add(feature);
    for (const value of features.get(feature) ?? []) {
      const slash = value.indexOf('/');
      if (value.startsWith('dep:') && slash === -1) active.add(value.slice('dep:'.length));
      else if (slash === -1) waiting.push(value);
      else {
        const left = value.slice(0, slash);
        const dependency = left.replace(/\?$/, '');
        if (left.endsWith('?')) weak.push({ dependency, feature: value.slice(slash + 1) });
        else {
          active.add(dependency);
          if (dependencies.get(dependency)?.optional === true) waiting.push(dependency);
          enabled.add(value);
        }
      }
    }
  }
  for (const { dependency, feature } of weak)
    if (active.has(dependency)) enabled.add(`${dependency}/${feature}`);
  for (const name of active) {
    for (const feature of dependencies.get(name)?.features ?? []) enabled.add(`${name}/${feature}`);
  }
  enabled.delete('default');
  enabled.delete(ASKED);
  return enabled;
}
