import * as v from 'valibot';
import { expect, test } from 'vitest';
import { PROBLEM_CODES, PROBLEMS, ProblemError, ProblemSchema } from './problem.ts';
import { SentenceError } from './sentence-error.ts';

test('errors are known by name, also from another copy of this package', () => {
  const sentence = new SentenceError('no-key', 'There is no key.', { exitCode: 2, cause: new Error('x') });
  expect(SentenceError.is(sentence)).toBe(true);
  expect(sentence).toMatchObject({ code: 'no-key', exitCode: 2, message: 'There is no key.' });
  expect(new SentenceError('x', 'y').exitCode).toBe(1);
  expect(SentenceError.is(Object.assign(new Error('x'), { name: 'SentenceError' }))).toBe(true);
  for (const other of [new Error('x'), { name: 'SentenceError' }, null, 'x']) {
    expect(SentenceError.is(other)).toBe(false);
    expect(ProblemError.is(other)).toBe(false);
  }
});

test.each(PROBLEM_CODES)('the problem %s is an error status with a title, and fits the schema', (code) => {
  const { status, title } = PROBLEMS[code];
  const error = new ProblemError(code, 'What happened.', { suggestions: ['ripgrep'] });
  expect(ProblemError.is(error)).toBe(true);
  expect(error).toMatchObject({
    code,
    status,
    message: 'What happened.',
    extras: { suggestions: ['ripgrep'] },
  });
  expect(
    v.safeParse(ProblemSchema, { type: `/problems/${code}`, title, status, detail: error.message, code })
      .success,
  ).toBe(true);
});
