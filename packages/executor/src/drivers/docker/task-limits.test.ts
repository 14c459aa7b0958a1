import { expect, it } from 'vitest';
import { taskLimits } from './task-limits.ts';

it('holds a container to its processes', () => {
  expect(taskLimits('container', 512)).toEqual({ hard: 512 });
});

it('leaves the kernel of gVisor room, and counts before that is used up', () => {
  const { hard, counted = 0 } = taskLimits('gvisor', 48);
  expect(counted).toBeGreaterThan(48);
  expect(hard).toBeGreaterThan(counted);
});
