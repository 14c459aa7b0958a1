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

/**
 * What to try after an attempt has failed, each thing once: a generated lock file where a locked dependency is at
 * fault; a library compiled along where the system's is missing.
 */
export function nextAttempt(
  wanted: WantedBuild,
  failure: Failure,
  known: { readonly lockfile: UsedLockfile; readonly graph: ResolvedGraph | undefined },
): WantedBuild | undefined {
  const { dependency } = failure;
  const fault = LOCKED_FAULTS[failure.kind];
  if (fault !== undefined && dependency !== undefined && known.lockfile.origin === 'published') {
    return { ...wanted, distrust: `${dependency} of the published Cargo.lock ${fault}`, avoid: dependency };
  }
  if (failure.kind !== 'missing-library' || known.graph === undefined || wanted.bundled.length > 0)
    return undefined;
  const feature = bundledFeature(known.graph, failure);
  if (feature === undefined || wanted.features.includes(feature)) return undefined;
  return { ...wanted, features: [...wanted.features, feature], bundled: [feature] };
}
