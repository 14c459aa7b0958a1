import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { failure, FAILURE_KINDS, FAILURES, FailureSchema, outcomeOf } from './failure.ts';

describe('the list', () => {
  test.each(FAILURE_KINDS)('%s has a hint that is a sentence, and an outcome that fits', (kind) => {
    const { hint, outcome, retryable } = FAILURES[kind];
    expect(hint).toMatch(/^[A-Zc].*\.$/);
    // Only faults of ours are tried again: a crate's own give the same again.
    expect(retryable).toBe(outcome === 'error');
    expect(outcomeOf(kind)).toBe(outcome);
    expect(v.parse(FailureSchema, failure(kind, 'x'))).toEqual(failure(kind, 'x'));
  });
});

describe('a failure', () => {
  test('takes its hint from the list unless a better one is known', () => {
    expect(failure('timeout', 'slow')).toEqual({
      kind: 'timeout',
      message: 'slow',
      hint: FAILURES.timeout.hint,
      retryable: false,
    });
    expect(failure('timeout', 'slow', { hint: 'Ask for more.' }).hint).toBe('Ask for more.');
  });

  test('is inert and bounded, whatever the compiler printed', () => {
    const made = failure('compiler-error', `\u001b]0;title\u0007\u202e${'x'.repeat(10_000)}\ud800`, {
      dependency: 'serde\u0000 1.0.0',
      codes: ['E0432', 'nonsense', ...Array.from({ length: 20 }, () => 'E0001')],
    });
    expect(made.message).toHaveLength(8_192);
    expect(made.message.startsWith('\ufffd]0;title\ufffd\ufffdxxx')).toBe(true);
    expect(made.dependency).toBe('serde\ufffd 1.0.0');
    expect(made.codes).toHaveLength(10);
    expect(v.parse(FailureSchema, made)).toEqual(made);
  });

  test('keeps its lines and tabs', () => {
    expect(failure('unknown', 'one\n\ttwo').message).toBe('one\n\ttwo');
  });

  test('from somebody else is made inert, and refused when it has more than it may', () => {
    const sent = { ...failure('unknown', 'x'), message: '\u001b[1m' };
    expect(v.parse(FailureSchema, sent).message).toBe('\ufffd[1m');
    expect(() => v.parse(FailureSchema, { ...sent, stack: 'x' })).toThrow('stack');
    expect(() => v.parse(FailureSchema, { ...sent, kind: 'whatever' })).toThrow('whatever');
  });
});
