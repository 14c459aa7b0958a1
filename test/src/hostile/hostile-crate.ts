import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCrateName, parseVersion } from '@buildsrs/common';
import type { FixtureVersion } from '@buildsrs/registry/testing';

const CORPUS = fileURLToPath(new URL('../../../fixtures/hostile/', import.meta.url));

/** The names of all crates of the corpus. */
export function hostileCrates(): string[] {
  return globSync('*/Cargo.toml', { cwd: CORPUS })
    .map((path) => path.replaceAll('\\', '/').split('/')[0] as string)
    .toSorted();
}

/** Reads a crate of the corpus; `replaced` are files the harness fills with what it planted. */
export function readHostileCrate(
  name: string,
  replaced: Readonly<Record<string, string>> = {},
): FixtureVersion {
  const root = join(CORPUS, name);
  const paths = globSync('**/*', { cwd: root, dot: true } as { cwd: string }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  const dotted = globSync(['.cargo/*'], { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const files = [...new Set([...paths, ...dotted])]
    .filter((path) => statSync(join(root, path)).isFile())
    .map((path) => ({
      path,
      content: replaced[path] === undefined ? readFileSync(join(root, path)) : Buffer.from(replaced[path]),
    }));
  return { name: parseCrateName(name), version: parseVersion('0.1.0'), files };
}
