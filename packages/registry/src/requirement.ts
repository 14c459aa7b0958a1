import { compareVersions, parseVersion, versionParts, type Version } from '@buildsrs/common';

type Operator = '=' | '>' | '>=' | '<' | '<=' | '~' | '^' | '*';

interface Comparator {
  readonly operator: Operator;
  readonly major: bigint;
  readonly minor: bigint | undefined;
  readonly patch: bigint | undefined;
  /** Dot-separated; empty where it has none. */
  readonly pre: string;
}

/** A parsed version requirement; no comparators is `*`. */
export type Requirement = readonly Comparator[];

const NUMBER = '(0|[1-9][0-9]{0,19})';
const PART = `(?:${NUMBER}|[*xX])`;
const COMPARATOR = new RegExp(
  `^\\s*(=|>=|>|<=|<|~|\\^)?\\s*${NUMBER}(?:\\.${PART}(?:\\.${PART}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?)?)?\\s*$`,
);
const U64_MAX = 18446744073709551615n;
/** As the semver crate has it. */
const MAX_COMPARATORS = 32;

function parseComparator(text: string): Comparator | undefined {
  const match = COMPARATOR.exec(text);
  if (match === null) return undefined;
  const [, operator, major, minor, patch, pre] = match;
  const wildcard = /\.[*xX]/.test(text.split(/[-+]/, 1)[0] ?? '');
  if (minor === undefined && patch !== undefined) return undefined;
  if (pre !== undefined) {
    if (patch === undefined || !isVersion(`0.0.0-${pre}`)) return undefined;
  }
  if ([major, minor, patch].some((part) => part !== undefined && BigInt(part) > U64_MAX)) return undefined;
  return {
    operator: (wildcard && operator === undefined ? '*' : (operator ?? '^')) as Operator,
    major: BigInt(major as string),
    minor: minor === undefined ? undefined : BigInt(minor),
    patch: patch === undefined ? undefined : BigInt(patch),
    pre: pre ?? '',
  };
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}

/** Parses a requirement as a manifest or an index line has it (`^1.2`, `>=1, <2`, `1.*`); `undefined` when cargo would refuse it. */
export function parseRequirement(text: string): Requirement | undefined {
  if (/^\s*[*xX]\s*$/.test(text)) return [];
  const parts = text.split(',');
  if (parts.length > MAX_COMPARATORS) return undefined;
  const comparators = parts.map(parseComparator);
  return comparators.every((comparator) => comparator !== undefined) ? comparators : undefined;
}

const comparePre = (left: string, right: string): number => compareVersions(release(left), release(right));
const release = (pre: string): Version => parseVersion(pre === '' ? '0.0.0' : `0.0.0-${pre}`);

interface Candidate {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly pre: string;
}

function isExact(wanted: Comparator, version: Candidate): boolean {
  return (
    version.major === wanted.major &&
    (wanted.minor === undefined || version.minor === wanted.minor) &&
    (wanted.patch === undefined || version.patch === wanted.patch) &&
    version.pre === wanted.pre
  );
}

/** Negative when the version is below all the comparator names, 0 when it is within. */
function order(wanted: Comparator, version: Candidate): number {
  const compare = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);
  if (version.major !== wanted.major) return compare(version.major, wanted.major);
  if (wanted.minor === undefined) return 0;
  if (version.minor !== wanted.minor) return compare(version.minor, wanted.minor);
  if (wanted.patch === undefined) return 0;
  if (version.patch !== wanted.patch) return compare(version.patch, wanted.patch);
  return comparePre(version.pre, wanted.pre);
}

function isTilde(wanted: Comparator, version: Candidate): boolean {
  if (version.major !== wanted.major) return false;
  if (wanted.minor !== undefined && version.minor !== wanted.minor) return false;
  if (wanted.patch !== undefined && version.patch !== wanted.patch) return version.patch > wanted.patch;
  return comparePre(version.pre, wanted.pre) >= 0;
}

function isCaret(wanted: Comparator, version: Candidate): boolean {
  if (version.major !== wanted.major) return false;
  if (wanted.minor === undefined) return true;
  if (wanted.patch === undefined) {
    return wanted.major > 0n ? version.minor >= wanted.minor : version.minor === wanted.minor;
  }
  if (wanted.major > 0n) {
    if (version.minor !== wanted.minor) return version.minor > wanted.minor;
    if (version.patch !== wanted.patch) return version.patch > wanted.patch;
  } else if (wanted.minor > 0n) {
    if (version.minor !== wanted.minor) return false;
    if (version.patch !== wanted.patch) return version.patch > wanted.patch;
  } else if (version.minor !== wanted.minor || version.patch !== wanted.patch) return false;
  return comparePre(version.pre, wanted.pre) >= 0;
}

function satisfies(wanted: Comparator, version: Candidate): boolean {
  switch (wanted.operator) {
    case '=':
    case '*':
      return isExact(wanted, version);
    case '>':
      return order(wanted, version) > 0;
    case '>=':
      return isExact(wanted, version) || order(wanted, version) > 0;
    case '<':
      return order(wanted, version) < 0;
    case '<=':
      return isExact(wanted, version) || order(wanted, version) < 0;
    case '~':
      return isTilde(wanted, version);
    case '^':
      return isCaret(wanted, version);
  }
}

/**
 * Whether a version meets a requirement by cargo's rules (semver crate 1.0): all comparators must hold, and a
 * pre-release only where a comparator names a pre-release of the same three numbers.
 */
export function matchesRequirement(requirement: Requirement, version: Version): boolean {
  const { major, minor, patch, pre } = versionParts(version);
  const candidate: Candidate = { major, minor, patch, pre: pre.join('.') };
  if (!requirement.every((wanted) => satisfies(wanted, candidate))) return false;
  return (
    candidate.pre === '' ||
    requirement.some(
      (wanted) =>
        wanted.pre !== '' && wanted.major === major && wanted.minor === minor && wanted.patch === patch,
    )
  );
}
