import { WantedFeatureSchema, type Failure } from '@buildsrs/common';
import * as v from 'valibot';
import type { CargoPackage, ResolvedGraph } from './cargo-metadata.ts';
import { missingIn } from './recognise/missing-library.ts';

/**
 * Features by which packages that stand for a native library compile their own copy of it: openssl-sys, libgit2-sys
 * (`vendored`), libsqlite3-sys (`bundled`), libz-sys, bzip2-sys, lzma-sys (`static`), curl-sys (`static-curl`).
 */
const OWN_COPY = ['vendored', 'bundled', 'static', 'static-curl'];
/** What features that lead there are called (`vendored-openssl`, `native-tls-vendored`, `bundled-sqlite`). */
const LEADS_THERE = /(?:^|[-_])(?:vendored|bundled|static)(?:[-_]|$)/;

/** The name of `links` for a library, by the name its linker argument has. */
const LINKS: Readonly<Record<string, string>> = { ssl: 'openssl', crypto: 'openssl', libz: 'z', zlib: 'z' };

/** The packages that wanted the library which is missing, and could compile their own copy. */
function seekers(graph: ResolvedGraph, failure: Failure): CargoPackage[] {
  const library = missingIn(failure.message)?.name;
  const links =
    library === undefined ? [] : [library, LINKS[library] ?? library, library.replace(/^lib/, '')];
  return [...graph.packages.values()].filter(
    (pkg) =>
      (`${pkg.name} ${pkg.version}` === failure.dependency ||
        (pkg.links !== null && pkg.links !== undefined && links.includes(pkg.links))) &&
      OWN_COPY.some((feature) => Object.hasOwn(pkg.features, feature)),
  );
}

/** Whether a feature of a package, followed through the graph, turns on one of the goals (`id feature`). */
function leadsTo(
  graph: ResolvedGraph,
  start: { id: string; feature: string },
  goals: ReadonlySet<string>,
): boolean {
  const seen = new Set<string>();
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = `${next.id} ${next.feature}`;
    if (goals.has(key)) return true;
    if (seen.has(key)) continue;
    seen.add(key);
    const { id } = next;
    const features = graph.packages.get(id)?.features ?? {};
    for (const value of Object.hasOwn(features, next.feature) ? (features[next.feature] ?? []) : []) {
      const [left = '', feature] = value.split('/', 2);
      if (feature === undefined) {
        if (!left.startsWith('dep:')) waiting.push({ id, feature: left });
        continue;
      }
      const name = left.replace(/\?$/, '');
      for (const dependency of dependenciesNamed(graph, id, name)) waiting.push({ id: dependency, feature });
    }
  }
  return false;
}

/** The packages a manifest means by a name: as the code has it, with hyphens for underscores, or the package's own. */
function dependenciesNamed(graph: ResolvedGraph, id: string, name: string): string[] {
  return (graph.dependencies.get(id) ?? [])
    .filter((dep) => dep.name === name.replaceAll('-', '_') || graph.packages.get(dep.id)?.name === name)
    .map((dep) => dep.id);
}

const simplest = (names: readonly string[]): string | undefined =>
  names
    .filter((name) => v.is(WantedFeatureSchema, name))
    .toSorted((left, right) => left.length - right.length || (left < right ? -1 : 1))[0];

/**
 * A feature that would have a missing library compiled along: one the crate's author offers, or else one of a direct
 * dependency (`dependency/feature`). Only features named for it count: nothing else of the program is to change.
 */
export function bundledFeature(graph: ResolvedGraph, failure: Failure): string | undefined {
  const goals = new Set(
    seekers(graph, failure).flatMap((pkg) =>
      OWN_COPY.filter((feature) => Object.hasOwn(pkg.features, feature)).map(
        (feature) => `${pkg.id} ${feature}`,
      ),
    ),
  );
  if (goals.size === 0) return undefined;
  const { root } = graph;
  const own = Object.keys(root.features).filter(
    (feature) => LEADS_THERE.test(feature) && leadsTo(graph, { id: root.id, feature }, goals),
  );
  const offered = simplest(own);
  if (offered !== undefined) return offered;
  const names = root.dependencies.map((dependency) => dependency.rename ?? dependency.name);
  return simplest(
    [...new Set(names)].flatMap((name) =>
      dependenciesNamed(graph, root.id, name).flatMap((id) =>
        Object.keys(graph.packages.get(id)?.features ?? {})
          .filter((feature) => LEADS_THERE.test(feature) && leadsTo(graph, { id, feature }, goals))
          .map((feature) => `${name}/${feature}`),
      ),
    ),
  );
}
