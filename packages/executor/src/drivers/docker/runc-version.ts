/** The first releases without CVE-2025-31133, -52565 and -52881, by which a container could get out of runc. */
const FIXED: readonly (readonly [number, number, number])[] = [
  [1, 2, 8],
  [1, 3, 3],
  [1, 4, 0],
];

/** Whether a runc of this version has escapes that are known. An unreadable version counts as having them. */
export function hasKnownEscapes(version: string): boolean {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return true;
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
  const branch = FIXED.find(([fixedMajor, fixedMinor]) => fixedMajor === major && fixedMinor === minor);
  if (branch !== undefined) return patch < branch[2];
  const [oldestMajor, oldestMinor] = FIXED[0] as readonly [number, number, number];
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
