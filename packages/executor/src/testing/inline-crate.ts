import { parseCrateName, parseVersion } from '@buildsrs/common';
import type { FixtureVersion } from '@buildsrs/registry/testing';

/** A crate written in a test: `name version`, its files, and what its manifest has behind `[package]`. */
export function inlineCrate(
  id: `${string} ${string}`,
  files: Readonly<Record<string, string>>,
  manifest = '',
): FixtureVersion {
  const [name, version] = id.split(' ') as [string, string];
  const all = {
    'Cargo.toml': `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n${manifest}`,
    ...files,
  };
  return {
    name: parseCrateName(name),
    version: parseVersion(version),
    files: Object.entries(all).map(([path, content]) => ({ path, content: Buffer.from(content) })),
  };
}

/** A published lock file that pins the crate's dependencies; their own dependencies stand behind a colon. */
export function inlineLock(root: string, pinned: readonly string[]): string {
  const [name, version] = root.split(' ');
  const packages = pinned.map((pin) => {
    const [id = '', below] = pin.split(': ');
    const [dependency, number] = id.split(' ');
    return [
      `[[package]]\nname = "${dependency}"\nversion = "${number}"`,
      'source = "registry+https://github.com/rust-lang/crates.io-index"',
      `checksum = "{{checksum ${id}}}"`,
      ...(below === undefined ? [] : [`dependencies = ["${below}"]`]),
      '',
    ].join('\n');
  });
  const direct = pinned[0]?.split(' ', 1)[0];
  const own = `[[package]]\nname = "${name}"\nversion = "${version}"\ndependencies = ["${direct}"]\n`;
  return ['version = 3\n', ...[own, ...packages].toSorted()].join('\n');
}
