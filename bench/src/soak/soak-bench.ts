import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTORS, readProgram, wholeNumber } from '@buildsrs/common';
import { caBundleOf, openExecutor } from '@buildsrs/executor';
import * as v from 'valibot';
import type { Bench } from '../bench.ts';
import { openSampleSource } from '../crate-source.ts';
import { soak } from './soak.ts';
import { soakReport } from './soak-report.ts';

const usage = {
  name: 'pnpm bench soak',
  summary: 'Many builds in a row on one builder: what they leave, and how it grows.',
  settings: {
    builds: {
      schema: wholeNumber({ min: 1, max: 1_000_000, default: 1_000 }),
      value: 'N',
      help: 'How many sample crates to build; 1000.',
    },
    executor: {
      schema: v.optional(v.picklist(EXECUTORS), 'sandbox'),
      value: 'NAME',
      help: 'Who builds: docker, sandbox, vm or process; sandbox.',
    },
  },
  examples: ['pnpm bench soak --builds 1000 --executor docker'],
} as const;

const ROUND = 50;

/** Reliability case 80. Exit code 1 when something is left, changed, or grew. */
export const soakBench: Bench = {
  summary: 'many builds in a row: leftovers, memory, disk',
  async run(args) {
    const program = readProgram(usage, args, process.env);
    if (program.help !== undefined) {
      console.log(program.help);
      return 0;
    }
    const { builds, executor } = program.values;
    await using cleanup = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-soak-'));
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
    const driver = cleanup.use(
      await openExecutor({
        executor,
        dataDir,
        allowUnsandboxed: true,
        caBundle: caBundleOf(undefined, process.env),
        environment: process.env,
        onProgress: (line) => console.error(line),
      }),
    );
    const source = cleanup.use(await openSampleSource());
    const onBuild = (done: number): void => {
      if (done % ROUND === 0) console.error(`${done} of ${builds}`);
    };
    const { lines, wrong } = soakReport(await soak({ driver, dataDir, source, builds, onBuild }));
    console.log([`executor ${executor}`, ...lines, ...wrong].join('\n'));
    return wrong.length === 0 ? 0 : 1;
  },
};
