import { parseCrateName, parseVersion, type CrateFacts } from '@buildsrs/common';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crateFactsOf } from './crate-facts.ts';
import { ManifestError } from './manifest-error.ts';
import { readCrateFacts } from './read-crate-facts.ts';
import { FIXTURE_CRATES_DIR, readFixtureCrates, registryFiles } from './testing/index.ts';
import { crateFilePath } from './registry-folder.ts';

const run = promisify(execFile);
const identity = { name: parseCrateName('sample'), version: parseVersion('1.0.0') };
const head = (edition?: string): string =>
  `[package]\nname = "sample"\nversion = "1.0.0"\n${edition === undefined ? '' : `edition = "${edition}"\n`}`;
const facts = (manifest: string, files: readonly string[] = []): CrateFacts =>
  crateFactsOf(manifest, files, identity);
const names = (manifest: string, files: readonly string[]): string[] =>
  facts(manifest, files)
    .binaries.map((bin) => bin.name)
    .toSorted();

/** Layouts of packages; what cargo itself says of them is what we have to say. */
const LAYOUTS: readonly { title: string; manifest: string; files: readonly string[] }[] = [
  { title: 'a library', manifest: head('2021'), files: ['src/lib.rs'] },
  { title: 'a program', manifest: head('2021'), files: ['src/main.rs'] },
  { title: 'a library and a program', manifest: head('2018'), files: ['src/lib.rs', 'src/main.rs'] },
  {
    title: 'programs in src/bin',
    manifest: head('2021'),
    files: [
      'src/lib.rs',
      'src/bin/one.rs',
      'src/bin/two/main.rs',
      'src/bin/two/other.rs',
      'src/bin/three/lib.rs',
      'src/bin/.four.rs',
      'src/bin/note.txt',
      'src/bin/deep/er/main.rs',
    ],
  },
  {
    title: 'edition 2021 with one [[bin]] and others found',
    manifest: `${head('2021')}[[bin]]\nname = "named"\npath = "src/named.rs"\n`,
    files: ['src/main.rs', 'src/named.rs', 'src/bin/one.rs'],
  },
  {
    title: 'edition 2021 with a [[bin]] that has the place of a found one',
    manifest: `${head('2021')}[[bin]]\nname = "renamed"\npath = "src/main.rs"\n[[bin]]\nname = "moved"\npath = "src/bin/one.rs"\n`,
    files: ['src/main.rs', 'src/bin/one.rs', 'src/bin/two.rs'],
  },
  {
    title: 'a [[bin]] with the name of a found one',
    manifest: `${head('2018')}[[bin]]\nname = "one"\npath = "src/other.rs"\n`,
    files: ['src/other.rs', 'src/bin/one.rs', 'src/main.rs'],
  },
  {
    title: 'autobins = false',
    manifest: `${head('2021')}autobins = false\n`,
    files: ['src/lib.rs', 'src/main.rs', 'src/bin/one.rs'],
  },
  {
    title: 'autobins = false with one [[bin]]',
    manifest: `${head('2021')}autobins = false\n[[bin]]\nname = "one"\n`,
    files: ['src/main.rs', 'src/bin/one.rs', 'src/bin/two.rs'],
  },
  {
    title: 'no edition and nothing written',
    manifest: head(),
    files: ['src/lib.rs', 'src/main.rs', 'src/bin/one.rs'],
  },
  {
    title: 'no edition and one [[bin]]: the others do not count',
    manifest: `${head()}[[bin]]\nname = "sample"\npath = "src/main.rs"\n`,
    files: ['src/main.rs', 'src/bin/one.rs'],
  },
  {
    title: 'no edition, one [[bin]] and autobins = true',
    manifest: `${head()}autobins = true\n[[bin]]\nname = "sample"\npath = "src/main.rs"\n`,
    files: ['src/main.rs', 'src/bin/one.rs'],
  },
  {
    title: 'a library elsewhere',
    manifest: `${head('2021')}[lib]\npath = "lib/all.rs"\ncrate-type = ["cdylib", "rlib"]\n`,
    files: ['lib/all.rs', 'src/main.rs'],
  },
  { title: 'a proc macro', manifest: `${head('2021')}[lib]\nproc-macro = true\n`, files: ['src/lib.rs'] },
  {
    title: 'old spelling of crate-type',
    manifest: `${head()}[lib]\ncrate_type = ["staticlib"]\n`,
    files: ['src/lib.rs'],
  },
  {
    title: '[project] for [package]',
    manifest: head().replace('package', 'project'),
    files: ['src/main.rs'],
  },
  {
    title: 'tests, examples and benches are no programs',
    manifest: head('2021'),
    files: ['src/lib.rs', 'examples/one.rs', 'tests/two.rs', 'benches/three.rs'],
  },
];

let directory: string;
let hasCargo = false;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'buildsrs-facts-'));
  hasCargo = await run('cargo', ['--version']).then(
    () => true,
    () => false,
  );
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface CargoMetadata {
  readonly packages: readonly {
    readonly targets: readonly {
      readonly name: string;
      readonly kind: readonly string[];
      readonly crate_types: readonly string[];
    }[];
  }[];
}

describe('cargo says the same of', () => {
  test.for(LAYOUTS)('$title', async ({ manifest, files, title }, ctx) => {
    if (!hasCargo && process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1')
      throw new Error('cargo is not installed');
    if (!hasCargo) ctx.skip('cargo is not installed');
    const root = join(directory, title.replaceAll(/\W+/g, '-'));
    for (const file of ['Cargo.toml', ...files]) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file === 'Cargo.toml' ? manifest : 'fn main() {}\n');
    }
    const { stdout } = await run(
      'cargo',
      [
        'metadata',
        '--no-deps',
        '--offline',
        '--format-version=1',
        '--manifest-path',
        join(root, 'Cargo.toml'),
      ],
      { cwd: directory },
    );
    const targets = (JSON.parse(stdout) as CargoMetadata).packages[0]?.targets ?? [];
    const programs = targets.filter((target) => target.kind.includes('bin')).map((target) => target.name);
    expect(names(manifest, files)).toEqual(programs.toSorted());
    const library = targets.find(
      (target) => !['bin', 'example', 'test', 'bench', 'custom-build'].includes(target.kind[0] as string),
    );
    expect(facts(manifest, files).library).toEqual(library?.crate_types ?? []);
  });
});

describe('a program with required features is a default one', () => {
  const isDefault = (features: string, required: string, more = ''): boolean =>
    facts(
      `${head('2021')}[features]\n${features}\n[[bin]]\nname = "b"\npath = "b.rs"\nrequired-features = ${required}\n${more}`,
      ['b.rs'],
    ).binaries[0]?.default as boolean;
  const optional = '[dependencies]\nlog = { version = "1", optional = true }\n';

  test.each([
    ['it requires nothing', '', '[]', '', true],
    ['default enables it', 'default = ["a"]\na = []', '["a"]', '', true],
    ['default enables it in steps', 'default = ["a"]\na = ["b"]\nb = ["c"]\nc = []', '["c", "a"]', '', true],
    ['default enables one of two', 'default = ["a"]\na = []\nb = []', '["a", "b"]', '', false],
    ['there is no default', 'a = []', '["a"]', '', false],
    ['features enable each other', 'default = ["a"]\na = ["b"]\nb = ["a"]', '["b"]', '', true],
    ['the feature is an optional dependency', 'default = ["log"]', '["log"]', optional, true],
    ['nothing enables the optional dependency', 'default = []', '["log"]', optional, false],
    ['dep: hides the implicit feature', 'default = ["a"]\na = ["dep:log"]', '["a"]', optional, true],
    ['log/std enables the dependency', 'default = ["log/std"]', '["log", "log/std"]', optional, true],
    ['log?/std does not', 'default = ["log?/std"]', '["log"]', optional, false],
    [
      'log?/std counts when something else does',
      'default = ["log?/std", "log"]',
      '["log/std"]',
      optional,
      true,
    ],
    ['log?/std does not count by itself', 'default = ["log?/std"]', '["log/std"]', optional, false],
    [
      'the feature is of a dependency as it is declared',
      '',
      '["log/std"]',
      '[dependencies]\nlog = { version = "1", features = ["std"] }\n',
      true,
    ],
    [
      "the optional dependency is one target's",
      'default = ["log"]',
      '["log"]',
      '[target."cfg(unix)".dependencies]\nlog = { version = "1", optional = true }\n',
      true,
    ],
  ])('when %s: %#', (_, features, required, more, expected) => {
    expect(isDefault(features, required, more)).toBe(expected);
  });
});

describe('facts', () => {
  test('for people are kept within bounds and plain', () => {
    const manifest = `${head('2021')}description = "first\\u0007 line\\nsecond"\nlicense = "MIT"\nrepository = "javascript:alert(1)"\nhomepage = "https://example.com/x"\nrust-version = "1.70"\ndefault-run = "sample"\n`;
    expect(facts(manifest, ['src/main.rs', 'Cargo.lock'])).toEqual({
      binaries: [{ name: 'sample', requiredFeatures: [], default: true }],
      library: [],
      features: [],
      defaultFeatures: [],
      edition: '2021',
      rustVersion: '1.70',
      defaultRun: 'sample',
      description: 'first  line\nsecond',
      license: 'MIT',
      homepage: 'https://example.com/x',
      lockfile: true,
    });
    expect(facts(`${head()}description = "${'x'.repeat(5_000)}"\n`).description).toHaveLength(2_000);
  });

  test('of the sample crates', async () => {
    const versions = readFixtureCrates(FIXTURE_CRATES_DIR);
    const files = registryFiles(versions);
    const programs: Record<string, string[]> = {};
    for (const { name, version } of versions) {
      const found = await readCrateFacts(files.get(crateFilePath(name, version)) as Buffer, {
        name,
        version,
      });
      programs[`${name} ${version}`] = found.binaries.map((bin) =>
        bin.default ? bin.name : `(${bin.name})`,
      );
    }
    expect(programs['hello-buildsrs 0.2.0']).toEqual(['hello-buildsrs']);
    expect(programs['library-buildsrs 1.0.0']).toEqual([]);
    expect(programs['two-programs-buildsrs 1.2.0']).toEqual([
      'first-buildsrs',
      'second-buildsrs',
      '(extra-buildsrs)',
    ]);
    expect(programs['old-manifest-buildsrs 0.0.3']?.toSorted()).toEqual([
      'old-folder-buildsrs',
      'old-helper-buildsrs',
      'old-manifest-buildsrs',
    ]);
  });
});

describe('a manifest is refused with a sentence when', () => {
  test.each([
    ['it is no TOML', 'name = ', 'not valid TOML'],
    ['it has no package', '[dependencies]\n', 'no [package] table'],
    ['its package is a list', 'package = []\n', 'not a table'],
    ['it is of another crate', head().replace('sample', 'other'), 'of another crate'],
    ['it is of another spelling', head().replace('sample', 'Sample'), 'of another crate'],
    ['it is of another version', head().replace('1.0.0', '1.0.1'), 'the index says sample 1.0.0'],
    ['its name is a number', head().replace('"sample"', '1'), 'not a string'],
    ['a [[bin]] has no name', `${head()}[[bin]]\npath = "x.rs"\n`, 'has no name'],
    [
      'two [[bin]] have one name',
      `${head()}[[bin]]\nname = "x"\n[[bin]]\nname = "x"\n`,
      'Two programs are named "x"',
    ],
    ['a [[bin]] is named like a path', `${head()}[[bin]]\nname = "../x"\n`, 'not what cargo takes'],
    ['bin is a table', `${head()}[bin]\nname = "x"\n`, 'not a list'],
    [
      'required-features are no list',
      `${head()}[[bin]]\nname = "x"\nrequired-features = "a"\n`,
      'required-features is not a list',
    ],
    ['features are no lists', `${head()}[features]\na = "b"\n`, 'not a list of strings'],
    [
      'it nests a thousand deep',
      `${head()}[package.metadata]\nx = ${'['.repeat(1_000)}${']'.repeat(1_000)}\n`,
      'not valid TOML',
    ],
  ])('%s', (_, manifest, sentence) => {
    const attempt = (): unknown => facts(manifest, ['src/main.rs']);
    expect(attempt).toThrow(ManifestError);
    expect(attempt).toThrow(sentence);
  });

  test('hostile keys are only keys', () => {
    const manifest = `${head('2021')}[features]\n__proto__ = ["constructor"]\nconstructor = []\ndefault = ["__proto__"]\n[[bin]]\nname = "b"\nrequired-features = ["constructor"]\n`;
    expect(facts(manifest).binaries[0]?.default).toBe(true);
    expect(facts(manifest).features.toSorted()).toEqual(['__proto__', 'constructor', 'default']);
    expect(
      facts(`${head('2021')}[[bin]]\nname = "b"\nrequired-features = ["toString"]\n`).binaries[0]?.default,
    ).toBe(false);
  });
});
