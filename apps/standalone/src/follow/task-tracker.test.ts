import { compilingTotalNote } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { inertLine, TaskTracker } from './task-tracker.ts';

function clock() {
  let nowMs = 1_000;
  return { now: () => nowMs, pass: (ms: number) => void (nowMs += ms) };
}

it('measures the stages and the whole', () => {
  const time = clock();
  const tracker = new TaskTracker('hexyl 0.17.0', time.now);
  tracker.enter('reading');
  time.pass(500);
  tracker.begin();
  tracker.enter('fetch');
  time.pass(2_000);
  tracker.enter('fetch');
  tracker.enter('build');
  time.pass(40_000);
  tracker.end();
  expect(tracker.stages).toEqual([
    { stage: 'fetch', ms: 2_000 },
    { stage: 'build', ms: 40_000 },
  ]);
  expect(tracker.elapsedMs).toBe(42_500);
  expect(tracker.phase).toBe('ended');
});

it('knows what cargo compiles, and keeps the end of the log whatever the pieces are', () => {
  const tracker = new TaskTracker('hexyl 0.17.0');
  const text = `builds.rs: ${compilingTotalNote(34)}\n\u001b[1m\u001b[92m   Compiling\u001b[0m libc v0.2.161\nwarning: unus`;
  for (const byte of Buffer.from(text)) tracker.log(Uint8Array.of(byte));
  expect(tracker.progress).toMatchObject({ compiling: 'libc 0.2.161', begun: 1, total: 34 });
  expect(tracker.tail).toEqual(['builds.rs: 34 packages to compile', '   Compiling libc v0.2.161']);
  tracker.log(Buffer.from('ed\n\n'.repeat(100)));
  expect(tracker.tail).toHaveLength(40);
});

it('begins anew with another build, and says why it waits for one', () => {
  const tracker = new TaskTracker('hexyl 0.17.0');
  tracker.log(Buffer.from('old\n'));
  tracker.retry('The registry does not answer.\nmore');
  expect(tracker.phase).toBe('retrying');
  expect(tracker.tail).toEqual(['The registry does not answer.']);
  tracker.begin();
  expect(tracker.tail).toEqual([]);
});

it.each([
  ['\u001b]0;owned\u0007title', 'title'],
  ['\u001b[2J\u001b[31mred\u001b[0m', 'red'],
  ['a\rb\u0008c', 'abc'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['tab\there  ', 'tab    here'],
])('leaves nothing in %j that a terminal would act on', (line, text) => {
  expect(inertLine(line)).toBe(text);
});
