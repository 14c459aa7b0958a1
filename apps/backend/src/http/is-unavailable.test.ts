import { describe, expect, it } from 'vitest';
import { isUnavailable } from './is-unavailable.ts';

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('isUnavailable', () => {
  it.each([
    withCode('ECONNREFUSED'),
    withCode('57P01'),
    withCode('08006'),
    withCode('53300'),
    withCode('57014'),
    new Error('Connection terminated unexpectedly'),
    new Error('outer', { cause: withCode('ECONNRESET') }),
    new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]),
  ])('holds for %s', (error) => {
    expect(isUnavailable(error)).toBe(true);
  });

  it.each([
    withCode('23505'),
    withCode('42P01'),
    new Error('boom'),
    'text',
    undefined,
    new AggregateError([]),
  ])('does not for %s', (error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});
