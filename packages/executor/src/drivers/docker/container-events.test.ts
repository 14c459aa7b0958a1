import { expect, it } from 'vitest';
import { cgroupFoldersOf } from './container-events.ts';

const ID = 'f'.repeat(64);

it('finds the groups of version 1 by controller', () => {
  const text = `12:pids:/docker/${ID}\n11:cpu,cpuacct:/docker/${ID}\n4:memory:/docker/${ID}\n0::/docker/${ID}\n`;
  const trees = { version: 1, memory: '/cg/memory', pids: '/cg/pids', cpu: '/cg/cpu' } as const;
  expect(cgroupFoldersOf(text, trees)).toEqual({
    memory: `/cg/memory/docker/${ID}`,
    pids: `/cg/pids/docker/${ID}`,
  });
});

it('finds the one group of version 2', () => {
  const path = `/system.slice/docker-${ID}.scope`;
  expect(cgroupFoldersOf(`0::${path}\n`, { version: 2, root: '/cg' })).toEqual({
    memory: `/cg${path}`,
    pids: `/cg${path}`,
  });
});

it('finds none for a process that is gone', () => {
  expect(cgroupFoldersOf('', { version: 2, root: '/cg' })).toBeUndefined();
});
