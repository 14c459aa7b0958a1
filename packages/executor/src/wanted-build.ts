import type { Job } from '@buildsrs/common';

/** What one attempt builds, and how: what the job says, and what an attempt before has taught. */
export interface WantedBuild {
  /** Beside the default ones, unless those are off. */
  readonly features: readonly string[];
  readonly noDefaultFeatures: boolean;
  /** The programs to publish; all that the features give where it is absent. */
  readonly bins: readonly string[] | undefined;
  /** Neither features nor programs were asked for. */
  readonly isDefault: boolean;
  /** Why the published lock file is not to be used, where an attempt with it has failed. */
  readonly distrust: string | undefined;
  /** The dependency, `name version`, that stood in the way then: with it the same would come of it. */
  readonly avoid: string | undefined;
  /** Whether dependencies chosen anew are ones that take an older Rust, although there are newer ones. */
  readonly olderRust: boolean;
  /** Features that were added so that a library is built along instead of taken from the system. */
  readonly bundled: readonly string[];
  /** Why there is another attempt, for the log; empty in the first. */
  readonly why: string;
}

/** The first attempt: just what the job says. */
export function wantedBy(job: Job): WantedBuild {
  const { features = [], noDefaultFeatures = false, bins } = job;
  return {
    features,
    noDefaultFeatures,
    bins,
    isDefault: features.length === 0 && !noDefaultFeatures && bins === undefined,
    distrust: undefined,
    avoid: undefined,
    olderRust: false,
    bundled: [],
    why: '',
  };
}

/** cargo's arguments for the features; each stands alone, so that none can be read as another option. */
export function featureArguments(wanted: WantedBuild): string[] {
  return [
    ...(wanted.noDefaultFeatures ? ['--no-default-features'] : []),
    ...(wanted.features.length === 0 ? [] : ['--features', wanted.features.join(',')]),
  ];
}
