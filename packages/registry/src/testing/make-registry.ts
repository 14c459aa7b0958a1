import { parseCrateName, parseVersion, type CrateName, type Version } from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { indexPathOf } from '../index-path.ts';
import { readManifest } from '../manifest.ts';
import { member, tableIn, textIn, type Table } from '../manifest-values.ts';
import { packCrate, type CrateSourceFile } from '../pack-crate.ts';
import { crateFilePath } from '../registry-folder.ts';

/** A crate's version to be put into a registry folder. */
export interface FixtureVersion {
  readonly name: CrateName;
  readonly version: Version;
  readonly files: readonly CrateSourceFile[];
  readonly yanked?: boolean;
  /** The index gets another checksum than the file has. */
  readonly tampered?: boolean;
}

interface FixtureFacts {
  readonly yanked: readonly string[];
  readonly tampered: readonly string[];
}

/** Reads `NAME/VERSION/…` below a folder; `facts.json` in it names what is yanked and what is tampered with. */
export function readFixtureCrates(directory: string): FixtureVersion[] {
  const facts = JSON.parse(readFileSync(join(directory, 'facts.json'), 'utf8')) as FixtureFacts;
  return globSync('*/*/Cargo.toml', { cwd: directory })
    .toSorted()
    .map((manifest) => {
      const [name, version] = manifest.replaceAll('\\', '/').split('/') as [string, string];
      const root = join(directory, name, version);
      const files = globSync('**/*', { cwd: root })
        .filter((path) => statSync(join(root, path)).isFile())
        .map((path) => ({ path: path.replaceAll('\\', '/'), content: readFileSync(join(root, path)) }));
      const id = `${name} ${version}`;
      return {
        name: parseCrateName(name),
        version: parseVersion(version),
        files,
        yanked: facts.yanked.includes(id),
        tampered: facts.tampered.includes(id),
      };
    });
}

function dependencyLine(name: string, value: unknown): object {
  const details = typeof value === 'string' ? { version: value } : (value as Table);
  return {
    name,
    req: requirement(textIn(details, 'a requirement', 'version') ?? '*'),
    features: member(details, 'features') ?? [],
    optional: member(details, 'optional') ?? false,
    default_features: member(details, 'default-features') ?? true,
    target: null,
    kind: 'normal',
  };
}

/** crates.io writes the caret that manifests leave out. */
const requirement = (text: string): string => (/^\d/.test(text) ? `^${text}` : text);

/** The index line crates.io would write for a version. */
export function fixtureIndexLine(version: FixtureVersion, checksum: string): string {
  const manifest = version.files.find((file) => file.path === 'Cargo.toml');
  const { root, package: table } = readManifest(
    Buffer.from(manifest?.content ?? []).toString('utf8'),
    version,
  );
  return JSON.stringify({
    name: version.name,
    vers: version.version,
    deps: Object.entries(tableIn(root, '[dependencies]', 'dependencies') ?? {}).map(([name, value]) =>
      dependencyLine(name, value),
    ),
    cksum: version.tampered === true ? createHash('sha256').update('another file').digest('hex') : checksum,
    features: tableIn(root, '[features]', 'features') ?? {},
    yanked: version.yanked ?? false,
    ...(member(table, 'rust-version') === undefined ? {} : { rust_version: member(table, 'rust-version') }),
  });
}

/** Replaces `{{checksum NAME VERSION}}` in a `Cargo.lock` by the checksum of a version packed before. */
function withChecksums(file: CrateSourceFile, checksums: ReadonlyMap<string, string>): CrateSourceFile {
  if (file.path !== 'Cargo.lock') return file;
  const text = Buffer.from(file.content)
    .toString('utf8')
    .replaceAll(
      /\{\{checksum (\S+ \S+)\}\}/g,
      (_, id: string) => checksums.get(id) ?? `no checksum of ${id}`,
    );
  return { ...file, content: Buffer.from(text) };
}

const mentionsChecksums = (version: FixtureVersion): boolean =>
  version.files.some(
    (file) => file.path === 'Cargo.lock' && Buffer.from(file.content).includes('{{checksum'),
  );

/** The files of a registry folder: path → content. Index lines keep the order the versions were given in. */
export function registryFiles(versions: readonly FixtureVersion[]): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const checksums = new Map<string, string>();
  const leavesFirst = [
    ...versions.filter((one) => !mentionsChecksums(one)),
    ...versions.filter(mentionsChecksums),
  ];
  for (const version of leavesFirst) {
    const packed = packCrate(
      version.files.map((file) => withChecksums(file, checksums)),
      version,
    );
    checksums.set(`${version.name} ${version.version}`, createHash('sha256').update(packed).digest('hex'));
    files.set(crateFilePath(version.name, version.version), packed);
  }
  for (const version of versions) {
    const path = indexPathOf(version.name);
    const line = fixtureIndexLine(version, checksums.get(`${version.name} ${version.version}`) as string);
    files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), Buffer.from(`${line}\n`)]));
  }
  return files;
}

/** Writes a registry folder anew: what was there before is removed. */
export async function makeRegistry(directory: string, versions: readonly FixtureVersion[]): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  for (const [path, content] of registryFiles(versions)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}
