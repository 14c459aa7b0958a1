import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS, SentenceError, type JobResult } from '@buildsrs/common';
import { serveRegistryFolder } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { CommandEnd, ExecutorDriver, Workspace } from '../../driver.ts';
import { removeTree } from '../../files.ts';
import { caBundleOf } from '../../open-executor.ts';
import { lacks } from '../../testing/needs.ts';
import { runRecorded } from '../../testing/run-recorded.ts';
import { sampleJob } from '../../testing/sample-job.ts';
import { readToolchain } from '../../toolchain.ts';
import { openDockerDriver } from '../docker/index.ts';
import { openVmDriver } from './vm-driver.ts';

/** An emulated processor takes ten times as long, on a machine where others work too. */
const PATIENCE_MS = 1_800_000;
const MIB = 1024 ** 2;

describe('the vm executor, emulated', { timeout: PATIENCE_MS }, () => {
  let dataDir = '';
  let opened: ExecutorDriver | SentenceError;
  const options = () => ({
    dataDir,
    environment: process.env,
    caBundle: caBundleOf(undefined, process.env),
    vm: { accelerator: 'tcg' as const, images: process.env['BUILDSRS_VM_IMAGES'] },
  });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'buildsrs-vm-test-'));
    try {
      opened = await openVmDriver(options());
    } catch (error) {
      if (!SentenceError.is(error) || error.exitCode !== 3) throw error;
      opened = error;
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    if (!SentenceError.is(opened)) await opened[Symbol.asyncDispose]();
    await removeTree(dataDir);
  }, PATIENCE_MS);

  function driverOf(context: TestContext): ExecutorDriver {
    if (!SentenceError.is(opened)) return opened;
    lacks(context, opened.message);
    throw opened;
  }

  it('makes the bytes that a container with the same toolchain makes', async (context) => {
    const driver = driverOf(context);
    await using docker = await openDockerDriver(options());
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
    try {
      const results: JobResult[] = [];
      for (const by of [driver, docker]) {
        const { host } = await readToolchain(by);
        const job = await sampleJob({
          folder: FIXTURE_REGISTRY_DIR,
          registry,
          target: host,
          crate: 'hello-buildsrs',
        });
        const { outcome, log } = await runRecorded(job, { driver: by, dataDir });
        expect(outcome, log).toMatchObject({ status: 'succeeded' });
        results.push((outcome as unknown as { result: JobResult }).result);
      }
      const [machine, container] = results as [
        JobResult & { kind: 'binary' },
        JobResult & { kind: 'binary' },
      ];
      expect(machine.members).toEqual(container.members);
      expect(machine.artifacts[0]).toEqual(container.artifacts[0]);
      expect(machine.info.observed).toMatchObject({ executor: 'vm', isolation: 'vm' });
      expect(machine.info.inputs.toolchain).toEqual(container.info.inputs.toolchain);
    } finally {
      await registry.close();
    }
  });

  it('holds a command to its memory, and hands out nothing but a regular file', async (context) => {
    const driver = driverOf(context);
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 128 * MIB, diskBytes: 64 * MIB };
    await using workspace = await driver.open({ id: `limits-${process.pid}`, limits });
    const eats = await runIn(workspace, 'tail /dev/zero; echo survived');
    expect(eats).toMatchObject({ end: { reason: 'out-of-memory' } });
    const makes = await runIn(
      workspace,
      'echo made > made; ln -s made link; ln -s / root; echo "VM-END 0"; ls /dev; tail -n +3 /proc/net/dev | cut -d: -f1',
    );
    expect(makes.end).toEqual({ reason: 'exited', exitCode: 0, signal: null });
    // No disk, no serial port, no console; no network but its own.
    expect(makes.output.replaceAll(/\s+/g, ' ')).toBe(
      'VM-END 0 fd full null random shm stderr stdin stdout urandom zero lo ',
    );
    const taken = join(dataDir, 'taken');
    expect(await workspace.collect('made', taken, 64)).toEqual({ size: 5, executable: false });
    for (const file of ['link', 'root/etc/passwd'])
      await expect(workspace.collect(file, join(dataDir, 'never'), 64)).rejects.toMatchObject({
        name: 'BadOutputError',
        reason: 'irregular',
      });
  });
});

async function runIn(workspace: Workspace, script: string): Promise<{ end: CommandEnd; output: string }> {
  let output = '';
  const end = await workspace.run({
    argv: ['sh', '-c', script],
    env: {},
    cwd: '/build',
    network: false,
    cargoHome: 'read-only',
    timeoutMs: PATIENCE_MS,
    signal: new AbortController().signal,
    onOutput: (chunk, stream) => {
      if (stream === 'stdout') output += Buffer.from(chunk).toString();
    },
  });
  return { end, output };
}
