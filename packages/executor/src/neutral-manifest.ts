import { parse, stringify } from 'smol-toml';

type Table = Record<string, unknown>;

const DEPENDENCY_TABLES = [
  'dependencies',
  'dev-dependencies',
  'dev_dependencies',
  'build-dependencies',
  'build_dependencies',
];
/** Where a dependency would come from if not from the registry. cargo reads none of it in a published crate. */
const ELSEWHERE = ['path', 'git', 'branch', 'tag', 'rev', 'registry', 'registry-index', 'base'];

/** The feature that is added for features of dependencies. */
const LOCKED_FEATURES = 'buildsrs-dependency-features';

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fromRegistry(table: Table): boolean {
  let changed = false;
  for (const name of DEPENDENCY_TABLES) {
    const dependencies = table[name];
    if (!isTable(dependencies)) continue;
    for (const dependency of Object.values(dependencies)) {
      if (!isTable(dependency)) continue;
      const keys = ELSEWHERE.filter((key) => Object.hasOwn(dependency, key));
      if (keys.length === 0) continue;
      for (const key of keys) delete dependency[key];
      dependency['version'] ??= '*';
      changed = true;
    }
  }
  return changed;
}

/**
 * The manifest as `cargo install` takes it from a registry: a root of its own, whose dependencies come from the registry
 * only. Published manifests of the last years need nothing but the `[workspace]` mark at their end, which keeps cargo
 * from looking for a workspace in the folders above; old ones may still name paths, patches or a workspace.
 *
 * @param dependencyFeatures `dependency/feature`s the build is going to enable: named in the manifest, so that a lock
 *   file has what they need.
 * @returns the text and, when more than the mark was changed, what, for the log.
 */
export function neutralManifest(
  text: string,
  dependencyFeatures: readonly string[] = [],
): { text: string; changes: string[] } {
  const root = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: 100 }) as Table;
  const changes: string[] = [];
  for (const key of ['workspace', 'patch', 'replace']) {
    if (Object.hasOwn(root, key)) {
      delete root[key];
      changes.push(`[${key}]`);
    }
  }
  for (const name of ['package', 'project']) {
    const table = root[name];
    if (isTable(table) && 'workspace' in table) {
      delete table['workspace'];
      changes.push('package.workspace');
    }
  }
  const targets = isTable(root['target']) ? Object.values(root['target']).filter(isTable) : [];
  if ([root, ...targets].map(fromRegistry).includes(true)) changes.push('dependencies from elsewhere');
  if (dependencyFeatures.length > 0) {
    const features = isTable(root['features']) ? root['features'] : {};
    root['features'] = { ...features, [LOCKED_FEATURES]: [...dependencyFeatures] };
  }
  const asItWas = changes.length === 0 && dependencyFeatures.length === 0;
  return { text: `${asItWas ? text : stringify(root)}\n[workspace]\n`, changes };
}
