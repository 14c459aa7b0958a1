import { availableParallelism, hostname, release, type } from 'node:os';
import {
  BuildInfoSchema,
  compareVersions,
  DependencySchema,
  type BuildInfo,
  type BuildInputs,
} from '@buildsrs/common';
import * as v from 'valibot';
import { FIXED_PATHS, remapFlags, withFixedPaths } from './cargo-environment.ts';
import type { JobSession } from './job-session.ts';
import { lockedChecksums } from './lockfile.ts';
import type { BuiltCrate } from './stages/build.ts';
import type { FetchedCrate } from './stages/fetch.ts';
import type { ResolvedCrate } from './stages/resolve.ts';
import type { ExecutorFacts } from './toolchain.ts';
import type { WantedBuild } from './wanted-build.ts';

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The variables that can change what cargo makes; the others only change what it prints. */
const RECORDED_VARIABLES = [
  'CARGO_INCREMENTAL',
  'CARGO_PROFILE_RELEASE_DEBUG',
  'LC_ALL',
  'SOURCE_DATE_EPOCH',
  'TZ',
];

function dependenciesOf(resolved: ResolvedCrate, lockfile: string): BuildInputs['dependencies'] {
  const checksums = lockedChecksums(lockfile);
  const dependencies: v.InferInput<typeof DependencySchema>[] = [];
  for (const pkg of resolved.graph.packages.values()) {
    if (pkg.id === resolved.graph.root.id) continue;
    dependencies.push({
      name: pkg.name,
      version: pkg.version,
      source: pkg.source ?? undefined,
      checksum: checksums.get(`${pkg.name} ${pkg.version}`),
    });
  }
  return v
    .parse(v.array(DependencySchema), dependencies)
    .toSorted(
      (left, right) => compareText(left.name, right.name) || compareVersions(left.version, right.version),
    );
}

function environmentOf(built: BuiltCrate, asked: readonly string[]): Record<string, string> {
  const recorded = [...RECORDED_VARIABLES, ...asked].flatMap((name): [string, string][] => {
    const value = built.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  // The flags as every build has them: which folders the paths were before is not an input.
  return Object.fromEntries([...recorded, ['RUSTFLAGS', remapFlags(FIXED_PATHS, []).join(' ')]]);
}

/** The complete build info of a build that succeeded. */
export function buildInfoOf(parts: {
  readonly session: JobSession;
  readonly executor: ExecutorFacts;
  readonly wanted: WantedBuild;
  readonly crate: FetchedCrate;
  readonly resolved: ResolvedCrate;
  readonly built: BuiltCrate;
}): BuildInfo {
  const { session, executor, wanted, crate, resolved, built } = parts;
  const { job, context, workspace } = session;
  const { driver } = context;
  const inputs = {
    kind: job.kind,
    source: { crate: job.crate, version: job.version, checksum: job.checksum },
    command: {
      cargo: built.args.map((arg) => withFixedPaths(arg, workspace.paths)),
      features: [...wanted.features],
      defaultFeatures: !wanted.noDefaultFeatures,
      bins: [...resolved.bins],
    },
    target: job.target,
    toolchain: executor.toolchain,
    lockfile: {
      origin: crate.lockfile.origin,
      sha256: crate.lockfile.sha256,
      ...(crate.lockfile.reason === undefined ? {} : { reason: crate.lockfile.reason }),
    },
    dependencies: dependenciesOf(resolved, crate.lockfile.text),
    environment: environmentOf(built, Object.keys(job.environment ?? {})),
    packages:
      executor.packages === undefined
        ? { manager: 'none', list: [] }
        : { manager: 'dpkg', list: [...executor.packages] },
    image: {
      kind: driver.name,
      ...(driver.imageDigest === undefined ? {} : { digest: driver.imageDigest }),
    },
  };
  const observed = {
    executor: driver.name,
    isolation: driver.capabilities.isolation,
    hostname: hostname().slice(0, 256),
    kernel: `${type()} ${release()}`.slice(0, 256),
    cpus: availableParallelism(),
    builderVersion: context.builderVersion.slice(0, 64),
    startedAt: session.run.startedAt.toISOString(),
    stageMs: { ...session.run.stageMs },
  };
  return v.parse(BuildInfoSchema, { schema: 1, inputs, observed });
}
