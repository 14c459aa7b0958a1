import * as v from 'valibot';

/** Whose fault: `failed` is the crate's, `error` ours, `timed-out` its time limit. */
type Blame = 'failed' | 'error' | 'timed-out';

interface FailureKindFacts {
  /** The build outcome this kind leads to. */
  readonly outcome: Blame;
  /** Whether the same build may go better next time. */
  readonly retryable: boolean;
  /** One line for people: what it means and who can do something about it. */
  readonly hint: string;
}

const crate = (hint: string): FailureKindFacts => ({ outcome: 'failed', retryable: false, hint });
const ours = (hint: string): FailureKindFacts => ({ outcome: 'error', retryable: true, hint });

/** The closed list of what can go wrong with a build (crater ∪ rustwide ∪ Hydra, as research/peers.md §6 joined them). */
export const FAILURES = {
  'compiler-error': crate('The crate does not compile with this toolchain; its author can mend it.'),
  'dependency-error': crate('A dependency does not compile with this toolchain; a newer version of it may.'),
  'compiler-crash': crate('The compiler itself crashed; a newer toolchain may do better.'),
  'build-script-error': crate('A build script stopped with an error; its output says why.'),
  'linker-error': crate('Linking failed; a native library or symbol is missing for this target.'),
  'missing-library': crate(
    'A system library or tool is missing; the author can declare it, or use a bundled one.',
  ),
  'toolchain-too-old': crate(
    'The crate wants a newer Rust than the builders have; it is tried again after an upgrade.',
  ),
  'unsupported-target': crate('The crate or a dependency does not support this target.'),
  'no-binaries': crate('The crate has no program that its default features build; it may be a library.'),
  'opted-out': crate('The crate asks not to be built here; its author can take that back.'),
  'bad-manifest': crate('cargo cannot read the manifest of the published crate; its author can mend it.'),
  'bad-archive': crate(
    'The published .crate file is not a clean archive; its author can publish a new version.',
  ),
  'dependency-missing': crate(
    'A dependency cannot be resolved: it was removed, yanked, or is not on the registry.',
  ),
  'checksum-mismatch': crate('What was downloaded is not what the index promised; nothing of it was run.'),
  'out-of-memory': crate('The build needed more memory than it may have.'),
  'disk-full': crate('The build wrote more than its disk limit.'),
  'too-many-processes': crate('The build started more processes than it may.'),
  'output-too-large': crate('What the build produced is larger than an artifact may be.'),
  'bad-output': crate('The build left something that is not a regular file where its program should be.'),
  'network-access': crate('A build script wanted the network; builds run without one.'),
  timeout: { outcome: 'timed-out', retryable: false, hint: 'The build took longer than it may.' },
  silence: {
    outcome: 'timed-out',
    retryable: false,
    hint: 'The build printed nothing for too long and was stopped.',
  },
  'fetch-error': ours('The registry could not be reached or answered with an error; it is tried again.'),
  'upload-error': ours('The artifact could not be uploaded; it is tried again.'),
  'executor-error': ours(
    'The builder could not run the build; it is tried again, and the operator can see why.',
  ),
  'toolchain-missing': ours('The builder has no working Rust toolchain; its operator can install one.'),
  'builder-lost': ours('The builder vanished while it built; it is tried again elsewhere.'),
  unknown: {
    outcome: 'error',
    retryable: true,
    hint: 'The build ended in a way we do not know; the log says more.',
  },
} as const satisfies Record<string, FailureKindFacts>;

export type FailureKind = keyof typeof FAILURES;
export const FAILURE_KINDS = Object.keys(FAILURES) as [FailureKind, ...FailureKind[]];
export const FailureKindSchema = v.picklist(FAILURE_KINDS);

/** Control characters and terminal escapes have no business in a sentence: a crate may have written it. */
function inert(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

const Sentence = (maxLength: number) => v.pipe(v.string(), v.transform(inert), v.maxLength(maxLength));

/** Why a build did not succeed. */
export const FailureSchema = v.pipe(
  v.strictObject({
    kind: FailureKindSchema,
    /** What happened in this case, for people; one or a few lines, never a stack trace. */
    message: Sentence(8_192),
    /** Who can do what about it. */
    hint: Sentence(1_024),
    retryable: v.boolean(),
    /** The dependency that failed, as `name version`, where it was not the crate itself. */
    dependency: v.optional(Sentence(256)),
    /** The compiler's error codes (`E0432`), the first ten. */
    codes: v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[EF]\d{4}$/))), v.maxLength(10))),
  }),
  v.metadata({ ref: 'Failure' }),
);
export type Failure = v.InferOutput<typeof FailureSchema>;

/** Makes a failure of a kind; hint and `retryable` come from the list unless a better hint is known. */
export function failure(
  kind: FailureKind,
  message: string,
  details: { hint?: string; dependency?: string; codes?: readonly string[] } = {},
): Failure {
  const facts = FAILURES[kind];
  return {
    kind,
    message: inert(message).slice(0, 8_192),
    hint: inert(details.hint ?? facts.hint).slice(0, 1_024),
    retryable: facts.retryable,
    ...(details.dependency === undefined ? {} : { dependency: inert(details.dependency).slice(0, 256) }),
    ...(details.codes === undefined || details.codes.length === 0
      ? {}
      : { codes: details.codes.filter((code) => /^[EF]\d{4}$/.test(code)).slice(0, 10) }),
  };
}

/** The build outcome a failure leads to. */
export function outcomeOf(kind: FailureKind): Blame {
  return FAILURES[kind].outcome;
}
