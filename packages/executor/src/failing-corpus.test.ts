import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '@buildsrs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  failingCases,
  failingJob,
  serveFailingRegistry,
  type FailingRegistry,
} from './testing/failing-corpus.ts';
import { ExecutorFixture } from './testing/executor-fixture.ts';
import { runRecorded } from './testing/run-recorded.ts';
import { readToolchain } from './toolchain.ts';

describe.each(['process', 'sandbox', 'docker'] as const)(
  'failing crates on the %s executor',
  { timeout: 240_000 },
  (executor) => {
    let fixture: ExecutorFixture;
    let served: FailingRegistry;

    beforeAll(async () => {
      fixture = await ExecutorFixture.open(executor);
      served = await serveFailingRegistry(join(fixture.dataDir, 'registry'));
    });

    afterAll(async () => {
      await served.close();
      await fixture[Symbol.asyncDispose]();
    });

    it.for(failingCases().map((failing) => [failing.name, failing] as const))(
      '%s',
      async ([, failing], context) => {
        const driver = fixture.driverFor(context);
        const { expected } = failing;
        const job = await failingJob(failing, served, (await readToolchain(driver)).host);

        const run = await runRecorded(job, { driver, dataDir: fixture.dataDir });

        const failure = (run.outcome as { failure?: Failure }).failure;
        expect(failure, run.log).toMatchObject({
          kind: expected.kind,
          message: expect.stringContaining(expected.message),
          hint: expect.stringContaining(expected.hint),
        });
        expect(failure?.dependency).toBe(expected.dependency);
        expect(failure?.codes).toEqual(expected.codes);
        expect(failure?.message).not.toContain(fixture.dataDir);
        // The log says it too, and nothing is left.
        expect(run.log).toContain(`builds.rs: failed (${expected.kind})`);
        expect(run.files.size).toBe(0);
        expect(await readdir(join(fixture.dataDir, 'builds'))).toEqual([]);
        expect(await readdir(join(fixture.dataDir, 'outputs'))).toEqual([]);
      },
    );
  },
);
