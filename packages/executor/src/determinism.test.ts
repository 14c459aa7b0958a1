import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputIdOf, type ExecutorName, type JobResult } from '@buildsrs/common';
import { serveRegistryFolder } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { ExecutorFixture } from './testing/executor-fixture.ts';
import { runRecorded } from './testing/run-recorded.ts';
import { sampleJob } from './testing/sample-job.ts';
import { unpackSystem } from './testing/unpack-system.ts';
import { readToolchain } from './toolchain.ts';

type BinaryResult = JobResult & { kind: 'binary' };

/** Sample crates: one with a dependency, one with a build script, one with two programs and no dependency. */
const CRATES = ['hello-buildsrs', 'build-script-buildsrs', 'two-programs-buildsrs'];

/** Builds the sample crates by a builder of its own: another data folder, another mirror, another moment. */
async function buildAll(
  executor: ExecutorName,
  context: TestContext,
  system?: string,
): Promise<BinaryResult[]> {
  await using fixture = await ExecutorFixture.open(executor, { sandbox: { system } });
  const driver = fixture.driverFor(context);
  const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  try {
    const { host } = await readToolchain(driver);
    const results: BinaryResult[] = [];
    for (const crate of CRATES) {
      const job = await sampleJob({ folder: FIXTURE_REGISTRY_DIR, registry, target: host, crate });
      const run = await runRecorded(job, { driver, dataDir: fixture.dataDir });
      expect(run.outcome, run.log).toMatchObject({ status: 'succeeded' });
      results.push((run.outcome as unknown as { result: BinaryResult }).result);
    }
    return results;
  } finally {
    await registry.close();
  }
}

const bytesOf = (results: readonly BinaryResult[]) =>
  results.map(({ artifacts, members }) => ({ archive: artifacts[0], members }));

describe('two builders that never met', { timeout: 600_000 }, () => {
  it.for(['process', 'sandbox', 'docker'] as const)(
    'make the same bytes of the same inputs on the %s executor',
    async (executor, context) => {
      const here = await buildAll(executor, context);
      const there = await buildAll(executor, context);
      expect(bytesOf(there)).toEqual(bytesOf(here));
      expect(there.map(({ info }) => inputIdOf(info.inputs))).toEqual(
        here.map(({ info }) => inputIdOf(info.inputs)),
      );
    },
  );

  it('make the same bytes on different executors with the same toolchain', async (context) => {
    expect(bytesOf(await buildAll('sandbox', context))).toEqual(bytesOf(await buildAll('process', context)));
  });

  it('make the same bytes in a container and in a sandbox with the system of its image', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'buildsrs-system-'));
    try {
      {
        await using fixture = await ExecutorFixture.open('docker');
        const { imageDigest } = fixture.driverFor(context);
        await unpackSystem(imageDigest ?? '', folder);
      }
      const inContainers = await buildAll('docker', context);
      expect(bytesOf(await buildAll('sandbox', context, folder))).toEqual(bytesOf(inContainers));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
