import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProgram } from '@buildsrs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examine } from './doctor.ts';
import { builderSettings } from './settings.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'buildsrs-doctor-'));
});
afterAll(async () => rm(data, { recursive: true, force: true }));

async function examined(...args: string[]) {
  const program = readProgram(
    { name: 'builds-builder', summary: '', settings: builderSettings },
    ['--data', data, ...args],
    {},
  );
  if (program.help !== undefined) throw new Error('nobody asked for help');
  // A machine without an engine, and without a toolchain.
  return examine(program.values, { DOCKER_HOST: 'unix:///nowhere/docker.sock', PATH: data });
}

it('tells of every executor what is missing, and what to do', async () => {
  const { report, exitCode } = await examined('--executor', 'docker');
  expect(report).toMatch(/^docker: cannot run here\n  missing docker engine +no engine answers/);
  expect(report).toContain('apt install docker.io');
  expect(report).toMatch(/^sandbox: cannot run here$/m);
  expect(report).toMatch(/^ {2}missing toolchain +There is no working Rust toolchain/m);
  expect(report).toMatch(/^process: cannot run here$/m);
  expect(exitCode).toBe(3);
});

it.each(['sandbox', 'process'])(
  'fails where the executor that is wanted, %s, cannot run',
  async (executor) => {
    expect((await examined('--executor', executor)).exitCode).toBe(3);
  },
);

it('says the same in JSON', async () => {
  const { report, exitCode } = await examined('--executor', 'sandbox', '--require-safe', '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(report)).toMatchObject({
    wanted: { executor: 'sandbox', requireSafe: true },
    enough: false,
    executors: expect.arrayContaining([
      expect.objectContaining({
        executor: 'docker',
        usable: false,
        layers: [expect.objectContaining({ name: 'docker engine', state: 'missing' })],
      }),
    ]),
  });
});
