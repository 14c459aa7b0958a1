import type { Build } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { attributeOf, parsePage } from '../testing/document.ts';
import { SAMPLE_BUILDS, SAMPLE_NOW } from '../testing/sample-data.ts';
import { stageTimes } from './stage-times.ts';
import { stageTrack } from './stage-track.ts';

const running = SAMPLE_BUILDS[0] as Build;
const succeeded = SAMPLE_BUILDS[2] as Build;
const failed = SAMPLE_BUILDS[4] as Build;

test('each stage takes from its beginning to the next, the last to the end', () => {
  const times = stageTimes(succeeded, SAMPLE_NOW).map(({ stage, state, ms }) => [stage, state, ms]);
  expect(times).toEqual([
    ['fetch', 'done', 1_840],
    ['resolve', 'done', 500],
    ['build', 'done', 21_470],
    ['package', 'done', 400],
    ['upload', 'done', 700],
  ]);
});

test('a running stage takes until now, a failed one stops, others are ahead', () => {
  expect(stageTimes(running, SAMPLE_NOW).map(({ state }) => state)).toEqual([
    'done',
    'done',
    'running',
    'ahead',
    'ahead',
  ]);
  expect(stageTimes(failed, SAMPLE_NOW).map(({ state }) => state)).toEqual([
    'done',
    'done',
    'stopped',
    'ahead',
    'ahead',
  ]);
});

test.each([
  ['running', running],
  ['succeeded', succeeded],
  ['failed', failed],
  ['not begun', { ...running, stages: [] }],
  [
    'begun twice in one moment',
    { ...succeeded, stages: succeeded.stages.map((s) => ({ ...s, startedAt: succeeded.createdAt })) },
  ],
  ['ended before it began', { ...succeeded, endedAt: '2020-01-01T00:00:00.000Z' }],
])('%s: the pieces fill the strip and stay within it', async (_, build) => {
  const rects = parsePage(String(await stageTrack(build, SAMPLE_NOW))).elements.filter(
    ({ tagName }) => tagName === 'rect',
  );
  const ends = rects.map((rect) => Number(attributeOf(rect, 'x')) + Number(attributeOf(rect, 'width')));
  expect(Math.max(...ends)).toBeLessThanOrEqual(1_000.1);
  expect(rects.every((rect) => Number(attributeOf(rect, 'width')) > 0)).toBe(true);
});

test('says in words what it shows', async () => {
  expect(String(await stageTrack(failed, SAMPLE_NOW))).toContain('stopped in build after 8.9 s');
  expect(String(await stageTrack(running, SAMPLE_NOW))).toContain('build for 32 s');
});
