import { failure, type Failure, type FailureKind } from '@buildsrs/common';
import { cargoError } from './excerpt.ts';

/**
 * What cargo says before anything is compiled. It has no machine form for these (its exit status is 101 for all), so
 * they are recognised by cargo's own sentences, taken from its sources (1.75 to 1.95); none of them is a crate's text.
 */
const SENTENCES: readonly (readonly [FailureKind, RegExp])[] = [
  [
    'checksum-mismatch',
    /failed to verify the checksum of|checksum for `[^`]+` changed between lock files|unable to verify that `[^`]+` is the same/,
  ],
  [
    'toolchain-too-old',
    /requires rustc \d|is not supported by the following package|feature `edition\d+` is required|this version of Cargo is older than the `\d+` edition|supported edition values are|lock file version [^\n]{0,80}(?:requires `-Znext-lockfile-bump`|was not understood)/,
  ],
  [
    'fetch-error',
    /spurious network error|\[\d+\] (?:Could not resolve|Couldn't connect|Could not connect|Timeout was reached|SSL|Failed (?:to connect|sending|receiving)|HTTP\/?2|Recv|Send|Transferred a partial)|failed to get successful HTTP response|download of [^\n]{1,300} failed|failed to download from|Unable to update registry|failed to query replaced source|network failure|curl failed|Connection refused/i,
  ],
  ['disk-full', /No space left on device \(os error 28\)/],
  [
    'bad-manifest',
    /failed to parse manifest|failed to load manifest|failed to read `[^`]*Cargo\.toml`|TOML parse error|feature `[^`]+` includes|feature `[^`]+` is required|can't find `[^`]+` (?:bin|lib)|does not contain (?:this|these) features?|couldn't find `[^`]+`|nul byte found in provided data/,
  ],
  [
    'dependency-missing',
    /no matching package|failed to select a version|is yanked|failed to load source for dependency|unable to get packages from source|does not have (?:these|this|that) features?|cyclic package dependency/,
  ],
  [
    'unsupported-target',
    /Error loading target specification|could not find specification for target|does not support the target/,
  ],
];

/** Only somebody who asks for features can ask for wrong ones: a job's, not a manifest's. */
const NO_SUCH_FEATURE =
  'The crate has not all features it was asked to be built with; who asked for them can mend that.';

/** Which failure cargo's standard error tells of, when nothing was compiled yet. */
export function recogniseCargoFailure(stderr: string): Failure {
  const message = cargoError(stderr);
  for (const [kind, sentence] of SENTENCES) {
    if (!sentence.test(stderr)) continue;
    if (/does not contain (?:this|these) features?/.test(stderr))
      return failure(kind, message, { hint: NO_SUCH_FEATURE });
    const wanted = kind === 'toolchain-too-old' ? /requires rustc (\d[\w.-]*)/.exec(stderr)?.[1] : undefined;
    return failure(kind, message, wanted === undefined ? {} : { hint: tooOldHint(wanted) });
  }
  return failure('unknown', message);
}

/** The hint for a crate that wants a newer Rust. */
export function tooOldHint(wanted: string): string {
  return `It needs Rust ${wanted} or newer; it is tried again when the builders have it.`;
}
