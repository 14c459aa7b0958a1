import * as v from 'valibot';

const NUMBER = '(0|[1-9][0-9]{0,19})';
const IDENTIFIER = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const PATTERN = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);
/** cargo keeps each number in a u64. */
const U64_MAX = 18446744073709551615n;

/** A version as SemVer 2.0 and cargo write it: exact, at most 150 characters (crates.io's limit), numbers within u64. */
export const VersionSchema = v.pipe(
  v.string(),
  v.maxLength(150, 'A version has at most 150 characters.'),
  v.regex(PATTERN, 'A version is written as 1.2.3 or 1.2.3-beta.1.'),
  v.check(
    // Runs after a failed pattern as well, and must not throw then.
    (text) =>
      !PATTERN.test(text) ||
      (text.split(/[-+]/, 1)[0] ?? '').split('.').every((part) => BigInt(part) <= U64_MAX),
    'A number of this version is larger than cargo can hold.',
  ),
  v.title('Version'),
  v.brand('Version'),
);

/** An exact version, proven by {@link VersionSchema}. */
export type Version = v.InferOutput<typeof VersionSchema>;

/** Parses an exact version; throws a `ValiError` whose message is a sentence for people. */
export function parseVersion(text: string): Version {
  return v.parse(VersionSchema, text);
}

/** The parts of a version; `pre` and `build` are empty where the version has none. */
export interface VersionParts {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly pre: readonly string[];
  readonly build: readonly string[];
}

/** Takes a version apart. */
export function versionParts(version: Version): VersionParts {
  const [, major, minor, patch, pre, build] = PATTERN.exec(version) as RegExpExecArray;
  return {
    major: BigInt(major as string),
    minor: BigInt(minor as string),
    patch: BigInt(patch as string),
    pre: pre === undefined ? [] : pre.split('.'),
    build: build === undefined ? [] : build.split('.'),
  };
}

/** Whether the version is a pre-release (`1.0.0-rc.1`); the newest stable version is what is built unasked. */
export function isPrerelease(version: Version): boolean {
  return versionParts(version).pre.length > 0;
}

function compareNumbers(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const isNumeric = (part: string): boolean => /^[0-9]+$/.test(part);

/** SemVer 2.0 §11.4: numbers by value and below words, words by ASCII. */
function comparePrePart(left: string, right: string): number {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(BigInt(left), BigInt(right));
  if (isNumeric(left)) return -1;
  if (isNumeric(right)) return 1;
  return compareText(left, right);
}

/**
 * Build metadata has no precedence in SemVer, but cargo's `Ord` is total (semver crate 1.0, `impl Ord for BuildMetadata`):
 * numbers by value, then by length (so `00` is above `0`), numbers below words.
 */
function compareBuildPart(left: string, right: string): number {
  if (isNumeric(left) && isNumeric(right)) {
    return compareNumbers(BigInt(left), BigInt(right)) || left.length - right.length;
  }
  return comparePrePart(left, right);
}

function compareLists(
  left: readonly string[],
  right: readonly string[],
  comparePart: (left: string, right: string) => number,
): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = comparePart(left[index] as string, right[index] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** cargo's order of versions: negative when `left` is older. Usable with `Array.prototype.sort`. */
export function compareVersions(left: Version, right: Version): number {
  const a = versionParts(left);
  const b = versionParts(right);
  const release =
    compareNumbers(a.major, b.major) || compareNumbers(a.minor, b.minor) || compareNumbers(a.patch, b.patch);
  if (release !== 0) return release;
  if (a.pre.length === 0 && b.pre.length > 0) return 1;
  if (a.pre.length > 0 && b.pre.length === 0) return -1;
  return compareLists(a.pre, b.pre, comparePrePart) || compareLists(a.build, b.build, compareBuildPart);
}

/**
 * The version people mean by "latest": the newest stable one that is not yanked; when there is none, the newest
 * pre-release that is not yanked; `undefined` when all are yanked.
 */
export function latestVersion(
  versions: Iterable<{ version: Version; yanked: boolean }>,
): Version | undefined {
  const live = [...versions].filter((entry) => !entry.yanked).map((entry) => entry.version);
  const stable = live.filter((version) => !isPrerelease(version));
  return (stable.length > 0 ? stable : live).toSorted(compareVersions).at(-1);
}
