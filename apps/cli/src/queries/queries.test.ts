import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleTask, startFakeInstance, type FakeInstance } from '../testing/fake-instance.ts';
import { createDesk, type Desk } from '../testing/run-builds.ts';
import { GNU, sampleArchive } from '../testing/sample-archive.ts';

let desk: Desk;
let instance: FakeInstance;
beforeAll(async () => {
  desk = createDesk();
  const tasks = [sampleTask({ target: 'riscv64gc-unknown-linux-gnu' as typeof GNU })];
  instance = await startFakeInstance({ [GNU]: await sampleArchive(GNU) }, { tasks });
  instance.answer('/api/v1/targets', {
    items: [{ name: GNU, enabled: true, builders: 2, built: 40 }],
    next: null,
  });
  instance.answer('/api/v1/queue', {
    ...{ blocked: 1, pending: 2, scheduled: 3, building: 4, built: 5, failed: 6 },
    oldestPendingAt: null,
  });
  instance.answer('/api/v1/tasks', {
    items: tasks,
    next: null,
  });
});
afterAll(async () => {
  await instance[Symbol.asyncDispose]();
  desk[Symbol.dispose]();
});

const ask = async (...args: string[]): Promise<string> => {
  // The name other tools give it does as well.
  const end = await desk.run(args, { environment: { BUILDS_SERVER: instance.url } });
  expect(end).toMatchObject({ code: 0, stderr: '' });
  return end.stdout;
};

describe('what an instance knows', () => {
  it('is found, and shown without what would move a terminal', async () => {
    expect(await ask('search', 'sam', 'ple')).toBe('sample  1.2.0  1 built  A sample\ufffd[2J of programs\n');
    expect(JSON.parse(await ask('search', 'sample', '--json'))).toMatchObject({
      items: [{ name: 'sample' }],
    });
    await expect(ask('search')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is told of a crate', async () => {
    const told = await ask('info', 'sample');
    expect(told).toContain('sample 1.2.0\n');
    expect(told).toContain(`${instance.url}${instance.pathOf(GNU)}`);
    expect(told).toContain('riscv64gc-unknown-linux-gnu  pending  task 7');
    expect(JSON.parse(await ask('info', 'sample@1.2.0', '--json'))).toMatchObject({ version: '1.2.0' });
    await expect(ask('info', 'a', 'b')).rejects.toMatchObject({ exitCode: 2 });
    await expect(ask('info', 'nothing')).rejects.toMatchObject({ code: 'crate-not-found' });
  });

  it('is told of versions, targets, queue and tasks', async () => {
    expect(await ask('versions', 'sample')).toBe(`1.2.0  built  ${GNU}\n`);
    expect(await ask('targets')).toContain(`${GNU}  yes      2         40\n`);
    expect(await ask('status')).toContain('building   4\n');
    expect(await ask('status', 'sample')).toMatch(/^7 +sample 1\.2\.0 +binary +riscv64gc.* +pending\n$/);
    for (const command of [['versions', 'sample'], ['targets'], ['status'], ['status', 'sample']]) {
      expect(JSON.parse(await ask(...command, '--json'))).toBeTypeOf('object');
    }
  });

  it('is not asked for by what is no server', async () => {
    const run = (server: string) => desk.run(['status', '--server', server]);
    await expect(run('ftp://x')).rejects.toMatchObject({ exitCode: 2 });
    await expect(run(`${instance.url}/elsewhere`)).rejects.toMatchObject({ name: 'ProblemError' });
  });
});
