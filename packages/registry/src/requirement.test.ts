import { compareVersions, parseVersion, type Version } from '@buildsrs/common';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { matchesRequirement, parseRequirement, type Requirement } from './requirement.ts';
import { fuzzRuns } from './testing/fuzz-runs.ts';

/** What the semver crate 1.0.28, which cargo uses, says: each requirement with a digit per version, null: refused. */
const table = JSON.parse(
  readFileSync(new URL('./testing/requirement-table.json', import.meta.url), 'utf8'),
) as {
  versions: string[];
  requirements: [string, string | null][];
};

describe('the table of the semver crate', () => {
  test.each(table.requirements)('%j', (text, expected) => {
    const requirement = parseRequirement(text);
    const ours =
      requirement === undefined
        ? null
        : table.versions
            .map((version) => (matchesRequirement(requirement, parseVersion(version)) ? '1' : '0'))
            .join('');
    expect(ours).toBe(expected);
  });
});

const number = fc.nat({ max: 3 });
const versions = fc
  .tuple(number, number, number, fc.option(fc.constantFrom('alpha', 'alpha.1', 'beta.2', '0', 'rc.10')))
  .map(([major, minor, patch, pre]) =>
    parseVersion(`${major}.${minor}.${patch}${pre === null ? '' : `-${pre}`}`),
  );
const parse = (text: string): Requirement => parseRequirement(text) as Requirement;

describe('for every version', () => {
  test('= is itself, and the bare form is the caret', () => {
    fc.assert(
      fc.property(versions, versions, (wanted, version) => {
        expect(matchesRequirement(parse(`=${wanted}`), version)).toBe(wanted === version);
        expect(matchesRequirement(parse(wanted), version)).toBe(
          matchesRequirement(parse(`^${wanted}`), version),
        );
      }),
      fuzzRuns(300),
    );
  });

  test('among releases, >= and < part the line, and ~ is within ^', () => {
    const releases = versions.filter((version) => !version.includes('-'));
    fc.assert(
      fc.property(releases, releases, (wanted: Version, version: Version) => {
        const above = matchesRequirement(parse(`>=${wanted}`), version);
        expect(above).toBe(compareVersions(version, wanted) >= 0);
        expect(matchesRequirement(parse(`<${wanted}`), version)).toBe(!above);
        if (matchesRequirement(parse(`^${wanted}`), version)) expect(above).toBe(true);
        if (!wanted.startsWith('0.') && matchesRequirement(parse(`~${wanted}`), version)) {
          expect(matchesRequirement(parse(`^${wanted}`), version)).toBe(true);
        }
      }),
      fuzzRuns(300),
    );
  });

  test('any text is parsed or refused, never thrown over', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[<>=^~ *xX0-9.,+a-z-]{0,40}$/)),
        versions,
        (text, version) => {
          const requirement = parseRequirement(text);
          const answer = requirement === undefined ? false : matchesRequirement(requirement, version);
          expect([true, false]).toContain(answer);
        },
      ),
      fuzzRuns(1_000),
    );
  });
});
