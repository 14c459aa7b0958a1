import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  isPrerelease,
  latestVersion,
  parseVersion,
  VersionSchema,
  versionParts,
  type Version,
} from './version.ts';

/** In the order of cargo's own library (semver 1.0.28), oldest first. */
const ORDERED = [
  '0.0.0',
  '0.0.1',
  '0.1.0',
  '0.9.9',
  '0.10.0',
  '1.0.0-0',
  '1.0.0-1',
  '1.0.0-2',
  '1.0.0-10',
  '1.0.0-99999999999999999999999',
  '1.0.0--',
  '1.0.0-A',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.1.0',
  '1.0.0-alpha.beta',
  '1.0.0-alpha1',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0-rc.1+1',
  '1.0.0-rc.1+build',
  '1.0.0',
  '1.0.0+0',
  '1.0.0+0.a',
  '1.0.0+00',
  '1.0.0+1',
  '1.0.0+01',
  '1.0.0+001',
  '1.0.0+2',
  '1.0.0+10',
  '1.0.0+-',
  '1.0.0+1a',
  '1.0.0+A',
  '1.0.0+a',
  '1.0.0+a.0',
  '1.0.0+a.b',
  '1.0.1-0',
  '1.0.1',
  '1.0.10',
  '1.2.0',
  '1.10.0',
  '2.0.0',
  '10.0.0',
  '18446744073709551615.0.0',
].map(parseVersion);

const identifier = fc.oneof(
  fc.nat(12).map(String),
  fc.constantFrom('alpha', 'beta', 'A', '-', '1a', '99999999999999999999999'),
);
const identifiers = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const version = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.option(identifiers), fc.option(identifiers))
  .map(([major, minor, patch, pre, build]) =>
    parseVersion(
      `${major}.${minor}.${patch}${pre === null ? '' : `-${pre}`}${build === null ? '' : `+${build}`}`,
    ),
  );

describe("cargo's order", () => {
  test('is the one of cargo', () => {
    const shuffled = ORDERED.toSorted((left, right) => ((left.length * 7) % 5) - ((right.length * 7) % 5));
    expect(shuffled).not.toEqual(ORDERED);
    expect(shuffled.toSorted(compareVersions)).toEqual(ORDERED);
  });

  test.each(ORDERED.slice(1).map((newer, index) => [ORDERED[index] as Version, newer] as const))(
    '%s is older than %s',
    (older, newer) => {
      expect(compareVersions(older, newer)).toBeLessThan(0);
      expect(compareVersions(newer, older)).toBeGreaterThan(0);
      expect(compareVersions(newer, newer)).toBe(0);
    },
  );

  test('is total: equal only when the same, the other way round when swapped, and transitive', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const [first, second, third] = [a, b, c].toSorted(compareVersions) as [Version, Version, Version];
        expect(compareVersions(first, third)).toBeLessThanOrEqual(0);
        expect(compareVersions(first, second)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('versions', () => {
  test.each([
    '1',
    '1.2',
    '01.2.3',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3+',
    '1.2.3-a..b',
    'v1.2.3',
    ' 1.2.3',
    '1.2.3\n',
    '1.2.3-é',
  ])('%j is none', (text) => {
    expect(v.safeParse(VersionSchema, text).success).toBe(false);
  });

  test('of more than cargo can hold are refused with a sentence of their own', () => {
    expect(() => parseVersion('18446744073709551616.0.0')).toThrow('larger than cargo can hold');
    expect(() => parseVersion(`1.0.0-${'a'.repeat(150)}`)).toThrow('at most 150 characters');
  });

  test('are taken apart', () => {
    expect(versionParts(parseVersion('1.2.3-rc.1+x.5'))).toEqual({
      major: 1n,
      minor: 2n,
      patch: 3n,
      pre: ['rc', '1'],
      build: ['x', '5'],
    });
    expect(isPrerelease(parseVersion('1.0.0+a-b'))).toBe(false);
    expect(isPrerelease(parseVersion('1.0.0-a'))).toBe(true);
  });
});

test('the latest is the newest stable one that is not yanked, else the newest pre-release', () => {
  const of = (...texts: string[]) =>
    latestVersion(
      texts.map((text) => ({ version: parseVersion(text.replace('!', '')), yanked: text.endsWith('!') })),
    );
  expect(of('1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1', '3.0.0!')).toBe('1.10.0');
  expect(of('1.0.0-alpha', '1.0.0-beta', '1.0.0!')).toBe('1.0.0-beta');
  expect(of('1.0.0!')).toBeUndefined();
  expect(of()).toBeUndefined();
});
