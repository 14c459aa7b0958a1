import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  BUILD_PACKAGES,
  BUILD_VARIABLES,
  buildCommandOf,
  BuildPreferencesSchema,
  mergePreferences,
  type BuildPreferences,
} from './build-preferences.ts';

const accepts = (value: unknown): boolean => v.safeParse(BuildPreferencesSchema, value).success;

describe('preferences', () => {
  test('may all be left out', () => {
    expect(accepts({})).toBe(true);
  });

  test.each([
    ['a feature that is a flag', { features: ['--config=x'] }],
    ['two features in one', { features: ['a,b'] }],
    ['a feature with a space', { features: ['a b'] }],
    ['a feature of a feature', { features: ['a/b/c'] }],
    ['a program that is a flag', { bins: ['-Z'] }],
    ['a program that is a path', { bins: ['../x'] }],
    ['no program at all', { bins: [] }],
    ['a package that is not on the list', { packages: ['openssh-server'] }],
    ['a package with a version', { packages: ['cmake=1'] }],
    ['a variable that is not on the list', { environment: { RUSTFLAGS: '-Clinker=x' } }],
    ['a variable of two lines', { environment: { OPENSSL_STATIC: '1\nRUSTC=x' } }],
    ['a target that is a path', { targets: ['../x'] }],
    ['something we do not know', { sandbox: false }],
  ])('cannot have %s', (_, value) => {
    expect(accepts(value)).toBe(false);
  });

  test('of the operator go before the author’s, field by field', () => {
    const author: BuildPreferences = {
      features: ['cli'],
      noDefaultFeatures: true,
      environment: { OPENSSL_STATIC: '0', SQLX_OFFLINE: 'true' },
      rebuild: 'never',
    };
    const operator: BuildPreferences = {
      features: [],
      environment: { OPENSSL_STATIC: '1' },
      rebuild: 'on-request',
    };
    expect(mergePreferences(author, operator)).toEqual({
      features: [],
      noDefaultFeatures: true,
      environment: { OPENSSL_STATIC: '1', SQLX_OFFLINE: 'true' },
      rebuild: 'on-request',
    });
    expect(mergePreferences({}, {})).toEqual({});
  });

  test('go into a job without what decides whether there is one', () => {
    expect(buildCommandOf({ rebuild: 'never', targets: [], bins: ['a'] })).toEqual({ bins: ['a'] });
  });
});

test('the lists are sorted and without doubles', () => {
  for (const list of [BUILD_PACKAGES, BUILD_VARIABLES]) expect([...new Set(list)].toSorted()).toEqual(list);
});
