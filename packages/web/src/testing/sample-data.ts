import {
  archiveExtension,
  BuildDetailSchema,
  BuilderSchema,
  CrateDetailSchema,
  failure,
  parseTarget,
  QueueSchema,
  TargetDetailSchema,
  TaskSchema,
  VersionDetailSchema,
  type Artifact,
  type Build,
  type BuildDetail,
  type Builder,
  type CrateDetail,
  type Failure,
  type Queue,
  type TargetDetail,
  type Task,
  type VersionDetail,
} from '@buildsrs/common';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { BAD_LOG, GOOD_LOG } from './sample-log.ts';

/** The moment at which the samples are looked at. */
export const SAMPLE_NOW = new Date('2026-11-29T14:05:00.000Z');
const ago = (seconds: number): string => new Date(SAMPLE_NOW.getTime() - seconds * 1_000).toISOString();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const uuid = (number: number): string => `0197c0de-0000-7000-8000-${String(number).padStart(12, '0')}`;

const LINUX = 'x86_64-unknown-linux-gnu';
const MUSL = 'x86_64-unknown-linux-musl';
const ARM = 'aarch64-unknown-linux-gnu';
const MAC = 'aarch64-apple-darwin';
const WINDOWS = 'x86_64-pc-windows-gnu';

function artifact(crate: string, version: string, target: string, build: number, size: number): Artifact {
  const name = `${crate}-${version}-${target}${archiveExtension(parseTarget(target))}`;
  return {
    name,
    crate,
    version,
    target,
    kind: 'binary',
    build: uuid(build),
    sha256: sha256(name),
    size,
    mediaType: target === WINDOWS ? 'application/zip' : 'application/gzip',
    url: `https://builds.example/crates/${crate}/${version}/${target}/${name}`,
    downloads: (size * 7) % 19_997,
    createdAt: ago(build * 90),
  } as Artifact;
}

function buildInfoFile(archive: Artifact): Artifact {
  const name = 'build-info.json';
  return {
    ...archive,
    name,
    sha256: sha256(`${archive.name} info`),
    size: 4_182,
    mediaType: 'application/json',
    url: `${archive.url.slice(0, archive.url.lastIndexOf('/'))}/${name}`,
    downloads: 12,
  } as Artifact;
}

const withBuildInfo = (archive: Artifact): Artifact[] => [archive, buildInfoFile(archive)];

let taskNumber = 4_100;
function task(crate: string, version: string, target: string, fields: Partial<Task> = {}): Task {
  taskNumber += 1;
  return v.parse(TaskSchema, {
    id: taskNumber,
    crate,
    version,
    yanked: false,
    kind: 'binary',
    target,
    variant: 'default',
    status: 'built',
    priority: 0,
    attempts: 1,
    notBefore: null,
    failure: null,
    build: null,
    publishedBuild: null,
    createdAt: ago(7_200),
    updatedAt: ago(600),
    ...fields,
  });
}

const builderNames = ['larch', 'rowan', 'alder'] as const;

interface BuildSketch {
  readonly id: number;
  readonly crate: string;
  readonly version: string;
  readonly target: string;
  readonly agoS: number;
  /** Seconds of each stage, in order; the last goes on where there is no outcome. */
  readonly stagesS: readonly number[];
  readonly outcome: Build['outcome'];
  readonly failure?: Failure;
  readonly kind?: Build['kind'];
}

const STAGE_NAMES = ['fetch', 'resolve', 'build', 'package', 'upload'];

function buildDetail(sketch: BuildSketch): BuildDetail {
  const { crate, version, target, stagesS, outcome } = sketch;
  const starts = stagesS.map((_, index) => stagesS.slice(0, index).reduce((sum, s) => sum + s, 0));
  const total = stagesS.reduce((sum, s) => sum + s, 0);
  const published = outcome === 'succeeded' && sketch.kind !== 'metadata';
  const program = target === WINDOWS ? `${crate}.exe` : crate;
  return v.parse(BuildDetailSchema, {
    id: uuid(sketch.id),
    task: 4_000 + sketch.id,
    crate,
    version,
    kind: sketch.kind ?? 'binary',
    target,
    variant: 'default',
    builder: { id: (sketch.id % 3) + 1, name: builderNames[sketch.id % 3] },
    outcome,
    stage: outcome === null ? STAGE_NAMES[stagesS.length - 1] : null,
    stages: starts.map((start, index) => ({
      stage: STAGE_NAMES[index],
      startedAt: ago(sketch.agoS - start),
    })),
    failure: sketch.failure ?? null,
    logBytes: outcome === null ? 2_000 : sketch.failure === undefined ? GOOD_LOG.length : BAD_LOG.length,
    inputId: published ? sha256(`input ${sketch.id}`) : null,
    createdAt: ago(sketch.agoS),
    endedAt: outcome === null ? null : ago(sketch.agoS - total),
    artifacts: published
      ? withBuildInfo(artifact(crate, version, target, sketch.id, 1_153_000 + sketch.id * 7_919))
      : [],
    members: published
      ? [
          {
            path: `${crate}-${version}-${target}/${program}`,
            sha256: sha256(program),
            size: 3_020_112,
            executable: true,
          },
          {
            path: `${crate}-${version}-${target}/LICENSE-MIT`,
            sha256: sha256('mit'),
            size: 1_081,
            executable: false,
          },
          {
            path: `${crate}-${version}-${target}/README.md`,
            sha256: sha256('readme'),
            size: 6_204,
            executable: false,
          },
        ]
      : [],
    info: published ? buildInfo(crate, version, target, stagesS) : null,
  });
}

function buildInfo(crate: string, version: string, target: string, stagesS: readonly number[]): object {
  return {
    schema: 1,
    inputs: {
      kind: 'binary',
      source: { crate, version, checksum: sha256(`${crate} ${version}`) },
      command: {
        cargo: [
          'build',
          '--release',
          '--locked',
          '--offline',
          '--manifest-path',
          '/build/source/Cargo.toml',
          '--target',
          target,
        ],
        features: [],
        defaultFeatures: true,
        bins: [crate],
      },
      target,
      toolchain: { rustc: '1.95.0', commit: 'f2e9a1c0d', host: LINUX, llvm: '22.1.0', cargo: '1.95.0' },
      lockfile: { origin: 'published', sha256: sha256(`lock ${crate}`) },
      dependencies: ['anyhow', 'clap', 'libc', 'memchr'].map((name) => ({
        name,
        version: '1.0.0',
        source: 'registry+https://example.org/index',
        checksum: sha256(name),
      })),
      environment: { CARGO_INCREMENTAL: '0', SOURCE_DATE_EPOCH: '1732838400' },
      packages: { manager: 'dpkg', list: [{ name: 'libc6-dev', version: '2.36-9', architecture: 'amd64' }] },
      image: { kind: 'docker', digest: `sha256:${sha256('image')}` },
    },
    observed: {
      executor: 'docker',
      isolation: 'container',
      hostname: 'larch',
      kernel: '6.12.0',
      cpus: 8,
      builderVersion: '0.1.0',
      startedAt: ago(600),
      stageMs: Object.fromEntries(stagesS.map((s, index) => [STAGE_NAMES[index], s * 1_000])),
    },
  };
}

const compilerError = failure(
  'compiler-error',
  [
    'error[E0310]: the parameter type `T` may not live long enough',
    '    --> src/serialize.rs:1155:5',
    '     |',
    "1155 |     fn decode<D: Decoder>(d: &mut D) -> Result<Cow<'static, T>, D::Error> {",
    '     |     ^^ ...so that the type `T` will meet its required lifetime bounds',
  ].join('\n'),
  { codes: ['E0310'], dependency: 'rustc-serialize 0.3.24' },
);

/** Builds, newest first. */
export const SAMPLE_BUILDS: readonly BuildDetail[] = [
  {
    id: 1,
    crate: 'hexyl',
    version: '0.16.0',
    target: MUSL,
    agoS: 34,
    stagesS: [1.9, 0.6, 31.5],
    outcome: null,
  },
  { id: 2, crate: 'ripgrep', version: '15.1.0', target: ARM, agoS: 12, stagesS: [2.4], outcome: null },
  {
    id: 3,
    crate: 'hexyl',
    version: '0.16.0',
    target: LINUX,
    agoS: 190,
    stagesS: [1.84, 0.5, 21.47, 0.4, 0.7],
    outcome: 'succeeded',
  },
  {
    id: 4,
    crate: 'ripgrep',
    version: '15.1.0',
    target: LINUX,
    agoS: 420,
    stagesS: [2.6, 0.9, 48.2, 0.6, 1.1],
    outcome: 'succeeded',
  },
  {
    id: 5,
    crate: 'mdbook-legacy',
    version: '0.2.1',
    target: LINUX,
    agoS: 900,
    stagesS: [0.61, 0.4, 8.9],
    outcome: 'failed',
    failure: compilerError,
  },
  {
    id: 6,
    crate: 'tokei',
    version: '13.0.0',
    target: WINDOWS,
    agoS: 1_500,
    stagesS: [3.1, 0.8, 66, 0.9, 1.6],
    outcome: 'succeeded',
  },
  {
    id: 7,
    crate: 'zoxide',
    version: '0.9.8',
    target: LINUX,
    agoS: 2_300,
    stagesS: [2.2, 0.7, 29.9, 0.5, 0.8],
    outcome: 'succeeded',
  },
  {
    id: 8,
    crate: 'bottom',
    version: '0.11.2',
    target: MAC,
    agoS: 3_900,
    stagesS: [4, 1, 2_695],
    outcome: 'timed-out',
    failure: failure('timeout', 'The build took longer than 45 min and was stopped.'),
  },
  {
    id: 9,
    crate: 'fd-find',
    version: '10.3.0',
    target: LINUX,
    agoS: 5_200,
    stagesS: [2, 0.5, 26, 0.4, 0.7],
    outcome: 'succeeded',
  },
  {
    id: 10,
    crate: 'hexyl',
    version: '0.16.0',
    target: 'generic',
    agoS: 240,
    stagesS: [0.8, 0.3],
    outcome: 'succeeded',
    kind: 'metadata',
  },
].map((sketch) => buildDetail(sketch as BuildSketch));

/** Tasks in every status. */
export const SAMPLE_TASKS: readonly Task[] = [
  task('hexyl', '0.16.0', MUSL, { status: 'building', build: uuid(1) as Task['build'] }),
  task('ripgrep', '15.1.0', ARM, { status: 'building', build: uuid(2) as Task['build'] }),
  task('bat', '0.26.1', LINUX, { status: 'scheduled' }),
  task('bat', '0.26.1', MUSL, { status: 'pending', priority: 10 }),
  task('bat', '0.26.1', WINDOWS, {
    status: 'pending',
    priority: 10,
    attempts: 1,
    notBefore: new Date(SAMPLE_NOW.getTime() + 90_000).toISOString(),
  }),
  task('hyperfine', '1.20.0', LINUX, { status: 'pending' }),
  task('just', '1.43.1', MAC, { status: 'pending' }),
  task('just', '1.43.1', LINUX, { status: 'blocked' }),
  task('mdbook-legacy', '0.2.1', LINUX, {
    status: 'failed',
    build: uuid(5) as Task['build'],
    failure: compilerError,
  }),
  task('bottom', '0.11.2', MAC, {
    status: 'failed',
    build: uuid(8) as Task['build'],
    failure: failure('timeout', 'The build took longer than 45 min and was stopped.'),
  }),
];

export const SAMPLE_QUEUE: Queue = v.parse(QueueSchema, {
  blocked: 1,
  pending: 37,
  scheduled: 1,
  building: 2,
  built: 18_204,
  failed: 611,
  oldestPendingAt: ago(1_260),
});

export const SAMPLE_BUILDERS: readonly Builder[] = [
  {
    id: 1,
    name: 'larch',
    connected: true,
    enabled: true,
    targets: [LINUX, MUSL, ARM],
    executor: 'docker',
    isolation: 'container',
    slots: 4,
    building: 2,
    suspended: null,
    paused: null,
    lastSeenAt: ago(3),
  },
  {
    id: 2,
    name: 'rowan',
    connected: true,
    enabled: true,
    targets: [WINDOWS, LINUX],
    executor: 'sandbox',
    isolation: 'sandbox',
    slots: 2,
    building: 0,
    suspended: null,
    paused: 'only 9 % of its disk is free',
    lastSeenAt: ago(9),
  },
  {
    id: 3,
    name: 'alder',
    connected: false,
    enabled: true,
    targets: [MAC],
    executor: 'process',
    isolation: 'none',
    slots: 1,
    building: 0,
    suspended: { until: ago(-240), reason: '5 builds in a row went wrong here; the last: No space left.' },
    paused: null,
    lastSeenAt: ago(9_400),
  },
  {
    id: 4,
    name: 'hazel',
    connected: false,
    enabled: false,
    targets: [],
    executor: null,
    isolation: null,
    slots: 1,
    building: 0,
    suspended: null,
    paused: null,
    lastSeenAt: null,
  },
].map((builder) =>
  v.parse(BuilderSchema, {
    ...builder,
    kinds: ['metadata', 'binary'],
    fingerprint: `SHA256:${createHash('sha256').update(builder.name).digest('base64').replace('=', '')}`,
  }),
);

export const SAMPLE_TARGETS: readonly TargetDetail[] = [
  [LINUX, 2, 9_120],
  [MUSL, 1, 3_310],
  [ARM, 1, 2_904],
  [WINDOWS, 1, 2_007],
  [MAC, 0, 863],
].map(([name, builders, built]) => v.parse(TargetDetailSchema, { name, enabled: true, builders, built }));

interface CrateSketch {
  readonly name: string;
  readonly description: string;
  readonly versions: readonly string[];
  readonly targets: readonly string[];
  readonly downloads: number;
  readonly agoS: number;
}

const CRATE_SKETCHES: readonly CrateSketch[] = [
  {
    name: 'hexyl',
    description: 'A command-line hex viewer',
    versions: ['0.16.0', '0.15.0', '0.14.0', '0.13.1'],
    targets: [LINUX, ARM, WINDOWS],
    downloads: 21_984,
    agoS: 190,
  },
  {
    name: 'ripgrep',
    description:
      'ripgrep is a line-oriented search tool that recursively searches the current directory for a regex pattern while respecting gitignore rules. ripgrep has first class support on Windows, macOS and Linux.',
    versions: ['15.1.0', '15.0.0', '14.1.1'],
    targets: [LINUX, MUSL, ARM, MAC, WINDOWS],
    downloads: 918_233,
    agoS: 420,
  },
  {
    name: 'fd-find',
    description: 'fd is a simple, fast and user-friendly alternative to find.',
    versions: ['10.3.0'],
    targets: [LINUX, MUSL],
    downloads: 310_042,
    agoS: 5_200,
  },
  {
    name: 'tokei',
    description: 'Count your code, quickly.',
    versions: ['13.0.0', '12.1.2'],
    targets: [WINDOWS],
    downloads: 51_020,
    agoS: 1_500,
  },
  {
    name: 'zoxide',
    description: 'A smarter cd command for all major shells',
    versions: ['0.9.8'],
    targets: [LINUX],
    downloads: 88_431,
    agoS: 2_300,
  },
  {
    name: 'just',
    description: 'Just a command runner',
    versions: ['1.43.1'],
    targets: [],
    downloads: 0,
    agoS: 7_000,
  },
];

/** Crates with their versions; `hexyl` has something in every state. */
export const SAMPLE_CRATES: readonly CrateDetail[] = CRATE_SKETCHES.map((sketch) =>
  v.parse(CrateDetailSchema, {
    name: sketch.name,
    description: sketch.description,
    latest: sketch.versions[0],
    targets: sketch.targets,
    downloads: sketch.downloads,
    updatedAt: ago(sketch.agoS),
    versions: sketch.versions.map((version, index) => ({
      version,
      yanked: index === 2,
      targets: index === 0 ? sketch.targets : index === 3 ? [] : [LINUX],
      status: index === 3 ? null : sketch.targets.length === 0 ? 'pending' : 'built',
    })),
  }),
);

/** The version page's data of a sample crate. */
export function sampleVersion(crate: CrateDetail, version: string): VersionDetail {
  const entry = crate.versions.find((candidate) => candidate.version === version);
  const targets = entry?.targets ?? [];
  return v.parse(VersionDetailSchema, {
    crate: crate.name,
    version,
    checksum: sha256(`${crate.name} ${version}`),
    yanked: entry?.yanked ?? false,
    facts: {
      binaries: [{ name: crate.name, requiredFeatures: [], default: true }],
      library: crate.name === 'hexyl' ? ['lib'] : [],
      features: ['default'],
      defaultFeatures: ['default'],
      edition: '2021',
      rustVersion: '1.88',
      description: crate.description ?? undefined,
      license: 'MIT OR Apache-2.0',
      repository: `https://example.org/${crate.name}`,
      homepage: undefined,
      lockfile: true,
    },
    tasks: [
      ...targets.map((target) =>
        task(crate.name, version, target, {
          build: uuid(3) as Task['build'],
          publishedBuild: uuid(3) as Task['build'],
        }),
      ),
      ...SAMPLE_TASKS.filter((candidate) => candidate.crate === crate.name && candidate.version === version),
      ...(crate.name === 'hexyl' && version === '0.16.0'
        ? [
            task(crate.name, version, MAC, {
              status: 'failed',
              attempts: 1,
              build: uuid(5) as Task['build'],
              failure: failure('linker-error', 'linking with `zig cc` failed: symbol `_iconv` was not found'),
            }),
          ]
        : []),
    ],
    artifacts: targets.flatMap((target, index) =>
      withBuildInfo(artifact(crate.name, version, target, 3 + index, 1_153_000 + index * 91_919)),
    ),
  });
}
