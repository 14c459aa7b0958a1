import { parseCrateName, parseVersion } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { factsWith } from '../testing/test-builder.ts';
import { whyNoProgram } from './no-program.ts';

const why = (facts: ReturnType<typeof factsWith>): string | undefined =>
  whyNoProgram(parseCrateName('a'), parseVersion('1.0.0'), facts);

it('is no matter where a program is built by default', () => {
  expect(why(factsWith('a'))).toBeUndefined();
});

it('says that a library is one, and names programs that need features', () => {
  expect(why(factsWith())).toBe('a 1.0.0 is a library: it has no program to build.');
  const facts = factsWith('p1', 'p2', 'p3', 'p4', 'p5', 'p6');
  const optional = { ...facts, binaries: facts.binaries.map((binary) => ({ ...binary, default: false })) };
  expect(why(optional)).toBe(
    'a 1.0.0 has no program that its default features build; with others it has p1, p2, p3, p4, p5, ….',
  );
});
