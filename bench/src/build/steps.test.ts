import { expect, test } from 'vitest';
import { median } from '../table.ts';
import { medianSteps, stepsBetween } from './steps.ts';

test('steps fill the time line, whatever marks there are', () => {
  const steps = stepsBetween(100, [
    ['start', 150],
    ['missing', undefined],
    ['early', 120],
    ['end', 400],
  ]);
  expect(steps.map((step) => step.ms)).toEqual([50, 0, 0, 250]);
  expect(steps.reduce((sum, step) => sum + step.ms, 0)).toBe(300);
});

test('each step is the middle of all runs', () => {
  const run = (ms: number) => ({ version: '1.0.0', totalMs: ms, steps: [{ name: 'build', ms }] });
  expect(medianSteps([run(3), run(100), run(5)], median)).toEqual([{ name: 'build', ms: 5 }]);
});
