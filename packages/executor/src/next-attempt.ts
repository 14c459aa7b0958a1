import type { Failure } from '@buildsrs/common';
import { bundledFeature } from './bundled-features.ts';
import type { UsedLockfile } from './stages/fetch.ts';
import type { ResolvedGraph } from './cargo-metadata.ts';
import type { WantedBuild } from './wanted-build.ts';

/** What a dependency of the published lock file did, that another version of it may not. */
const LOCKED_FAULTS: Partial<Record<Failure['kind'], string>> = {
  'dependency-error': 'does not compile',
  'build-script-error': 'has a build script that fails',
  'toolchain-too-old': 'needs a newer Rust',
};

interface Attempted {
  readonly lockfile: Pick<UsedLockfile, 'origin'>;
  readonly graph: ResolvedGraph | undefined;
}

/** A lock file made anew, where a dependency that cargo chose, or the published one pins, stands in the way. */
function otherVersions(
  wanted: WantedBuild,
  failure: Failure,
  { lockfile }: Attempted,
): WantedBuild | undefined {
  const { dependency, kind } = failure;
  const fault = LOCKED_FAULTS[kind];
  if (fault === undefined || dependency === undefined) return undefined;
  const olderRust = kind === 'toolchain-too-old';
  const published = lockfile.origin === 'published';
  // Of a generated lock file only what it needs of Rust can be chosen otherwise.
  if (!published && (!olderRust || wanted.olderRust)) return undefined;
  const why = `${dependency}${published ? ' of the published Cargo.lock' : ''} ${fault}`;
  return { ...wanted, distrust: published ? why : wanted.distrust, avoid: dependency, olderRust, why };
}

/** A library compiled along, where the system's is missing. */
function bundledLibrary(
  wanted: WantedBuild,
  failure: Failure,
  { graph }: Attempted,
): WantedBuild | undefined {
  if (failure.kind !== 'missing-library' || graph === undefined || wanted.bundled.length > 0)
    return undefined;
  const feature = bundledFeature(graph, failure);
  if (feature === undefined || wanted.features.includes(feature)) return undefined;
  const why = `${failure.hint} Trying again with the feature ${feature}, which brings it along`;
  return { ...wanted, features: [...wanted.features, feature], bundled: [feature], why };
}

/** What to try after an attempt has failed, each thing once; `undefined` when nothing is left. */
export function nextAttempt(
  wanted: WantedBuild,
  failure: Failure,
  attempted: Attempted,
): WantedBuild | undefined {
  return otherVersions(wanted, failure, attempted) ?? bundledLibrary(wanted, failure, attempted);
}
