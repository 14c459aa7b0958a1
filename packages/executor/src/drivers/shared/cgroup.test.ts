import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '@buildsrs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BuildCgroup, findCgroupTrees, readCgroupEvents } from './cgroup.ts';

const V1 = `31 24 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
32 24 0:27 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
33 24 0:28 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids
34 24 0:29 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw`;
const V2 = '31 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';

describe('finding control groups', () => {
  it('takes one tree a controller where they have them, though a second version is there without', () => {
    expect(findCgroupTrees(V1)).toEqual({
      version: 1,
      memory: '/sys/fs/cgroup/memory',
      pids: '/sys/fs/cgroup/pids',
      cpu: '/sys/fs/cgroup/cpu,cpuacct',
    });
  });

  it('takes the one tree of version 2', () => {
    expect(findCgroupTrees(V2)).toEqual({ version: 2, root: '/sys/fs/cgroup' });
  });

  it('finds none where there are none', () => {
    expect(findCgroupTrees('22 1 8:1 / / rw - ext4 /dev/vda rw\n')).toBeUndefined();
  });
});

describe('a group', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'buildsrs-cgroup-'));
  });
  afterAll(async () => rm(root, { recursive: true, force: true }));

  it('of version 2 has all limits, no swap, and ends as a whole', async () => {
    // A plain folder stands for the tree: what is written where is all there is to see without its kernel.
    const folder = join(root, 'v2', 'buildsrs', 'some');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'memory.swap.max'), 'max');
    const group = await BuildCgroup.create({ version: 2, root: join(root, 'v2') }, 'some', {
      ...DEFAULT_LIMITS,
      memoryBytes: 1000,
      processes: 7,
      cpus: 1.5,
    });
    const read = async (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
    expect(group.entries).toEqual([join(folder, 'cgroup.procs')]);
    expect(await read('memory.max')).toBe('1000');
    expect(await read('memory.swap.max')).toBe('0');
    expect(await read('memory.oom.group')).toBe('1');
    expect(await read('pids.max')).toBe('7');
    expect(await read('cpu.max')).toBe('150000 100000');
    expect(await readFile(join(root, 'v2', 'buildsrs', 'cgroup.subtree_control'), 'utf8')).toBe(
      '+memory +pids +cpu',
    );
  });

  it.each([
    ['memory.events', 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 1\n'],
    ['memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n'],
  ])('is read by its counters in %s', async (file, text) => {
    const folder = join(root, file);
    await mkdir(folder);
    await writeFile(join(folder, file), text);
    await writeFile(join(folder, 'pids.events'), 'max 5\n');
    expect(await readCgroupEvents({ memory: folder, pids: folder })).toEqual({
      oomKills: 2,
      refusedForks: 5,
    });
  });

  it('that is gone counts nothing', async () => {
    const gone = join(root, 'gone');
    expect(await readCgroupEvents({ memory: gone, pids: gone })).toEqual({ oomKills: 0, refusedForks: 0 });
  });
});
