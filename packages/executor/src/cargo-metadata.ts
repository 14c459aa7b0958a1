import { BadOutputError } from './errors.ts';
import * as v from 'valibot';

/** `cargo metadata --format-version 1` (the Cargo book, cargo-metadata(1)): only what is read here. */
const CargoMetadataSchema = v.object({
  packages: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      version: v.string(),
      source: v.nullable(v.string()),
      manifest_path: v.string(),
      rust_version: v.nullish(v.string()),
      /** The native library it stands for: two packages never name the same. */
      links: v.nullish(v.string()),
      features: v.optional(v.record(v.string(), v.array(v.string())), {}),
      dependencies: v.optional(v.array(v.object({ name: v.string(), rename: v.nullish(v.string()) })), []),
      targets: v.array(
        v.object({
          name: v.string(),
          kind: v.array(v.string()),
          'required-features': v.optional(v.array(v.string()), []),
        }),
      ),
    }),
  ),
  resolve: v.object({
    root: v.string(),
    nodes: v.array(
      v.object({
        id: v.string(),
        features: v.array(v.string()),
        deps: v.array(
          v.object({
            /** As the code names it: with underscores. */
            name: v.string(),
            pkg: v.string(),
            dep_kinds: v.array(v.object({ kind: v.nullable(v.string()) })),
          }),
        ),
      }),
    ),
  }),
});

export type CargoMetadata = v.InferOutput<typeof CargoMetadataSchema>;
export type CargoPackage = CargoMetadata['packages'][number];

/** A resolved crate: itself and every package it is compiled with. */
export interface ResolvedGraph {
  readonly root: CargoPackage;
  /** Reached through normal and build dependencies, the root with them; by package id. */
  readonly packages: ReadonlyMap<string, CargoPackage>;
  /** The features the root and its dependencies are compiled with, by package id. */
  readonly features: ReadonlyMap<string, ReadonlySet<string>>;
  /** What each package is compiled with, by package id. */
  readonly dependencies: ReadonlyMap<string, readonly ResolvedDependency[]>;
}

/** A dependency of a package, by the name its code has for it. */
export interface ResolvedDependency {
  readonly name: string;
  readonly id: string;
}

/**
 * Reads the resolved graph out of `cargo metadata`.
 *
 * @throws {BadOutputError} when it is not what cargo prints.
 */
export function readCargoMetadata(json: string): ResolvedGraph {
  let metadata: CargoMetadata;
  try {
    metadata = v.parse(CargoMetadataSchema, JSON.parse(json));
  } catch (error) {
    throw new BadOutputError('irregular', `cargo metadata cannot be read: ${(error as Error).message}`);
  }
  const byId = new Map(metadata.packages.map((pkg) => [pkg.id, pkg]));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const packages = new Map<string, CargoPackage>();
  const pending = [metadata.resolve.root];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const pkg = byId.get(id);
    if (pkg === undefined || packages.has(id)) continue;
    packages.set(id, pkg);
    for (const dep of nodes.get(id)?.deps ?? []) {
      // Dependencies of tests and examples are resolved but never compiled here.
      if (dep.dep_kinds.some(({ kind }) => kind !== 'dev')) pending.push(dep.pkg);
    }
  }
  const root = packages.get(metadata.resolve.root);
  if (root === undefined) throw new BadOutputError('irregular', 'cargo metadata names no root package.');
  const features = new Map([...nodes].map(([id, node]) => [id, new Set(node.features)]));
  const dependencies = new Map(
    [...nodes].map(([id, node]) => [
      id,
      node.deps
        .filter((dep) => packages.has(dep.pkg) && dep.dep_kinds.some(({ kind }) => kind !== 'dev'))
        .map((dep) => ({ name: dep.name, id: dep.pkg })),
    ]),
  );
  return { root, packages, features, dependencies };
}

/** A program of the root package. */
export interface RootBinary {
  readonly name: string;
  /** Required features that are not on; empty: cargo builds it. */
  readonly missingFeatures: readonly string[];
}

/** The programs of the root package, as cargo decides about them. */
export function rootBinaries(graph: ResolvedGraph): RootBinary[] {
  const has = (feature: string): boolean => {
    const slash = feature.indexOf('/');
    if (slash < 0) return graph.features.get(graph.root.id)?.has(feature) === true;
    const [dependency, name] = [feature.slice(0, slash), feature.slice(slash + 1)];
    return [...graph.packages.values()].some(
      (pkg) => pkg.name === dependency && graph.features.get(pkg.id)?.has(name) === true,
    );
  };
  return graph.root.targets
    .filter((target) => target.kind.includes('bin'))
    .map((target) => ({
      name: target.name,
      missingFeatures: target['required-features'].filter((feature) => !has(feature)),
    }));
}
