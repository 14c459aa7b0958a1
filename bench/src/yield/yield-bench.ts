import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  flagSwitch,
  optionalText,
  parseCrateName,
  readProgram,
  TargetSchema,
  type BuildCommand,
} from '@buildsrs/common';
import { caBundleOf, dockerOptionsOf, executorSettings, openExecutor, vmOptionsOf } from '@buildsrs/executor';
import { CRATES_IO, openIndex, useEnvironmentProxy } from '@buildsrs/registry';
import * as v from 'valibot';
import type { Bench } from '../bench.ts';
import { buildOne, type Yield } from './build-one.ts';
import { YIELD_CRATES } from './crates.ts';
import { yieldLine, yieldReport } from './report.ts';

const usage = {
  name: 'pnpm bench yield',
  summary: 'Which share of well-known programs builds, and why the others do not. All thirty take hours.',
  settings: {
    ...executorSettings,
    target: {
      schema: v.optional(TargetSchema, 'x86_64-unknown-linux-gnu'),
      value: 'TRIPLE',
      help: 'What to build for; x86_64-unknown-linux-gnu.',
    },
    registry: {
      schema: v.optional(
        v.pipe(
          v.string(),
          v.regex(/^sparse\+https?:\/\/.+\/$/, 'is a sparse index such as sparse+https://…/'),
        ),
        CRATES_IO.sparseIndex,
      ),
      value: 'URL',
      help: 'The index crates come from; crates.io.',
    },
    quick: {
      schema: flagSwitch,
      help: 'Compile without optimisation: the same crates build or fail, in a third of the time.',
    },
    dataDir: {
      schema: optionalText,
      value: 'DIR',
      help: 'Where downloads and logs are kept; a folder that is removed at the end.',
    },
  },
  positionals: '[CRATE…]',
  examples: [
    'pnpm bench yield --executor sandbox',
    'pnpm bench yield hexyl sd --quick --data-dir /tmp/yield',
  ],
} as const;

/** Whether a crate compiles does not depend on how well. */
const QUICK: BuildCommand = {
  environment: {
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
  },
};

/** The share of the thirty that an executor builds. */
export const yieldBench: Bench = {
  summary: 'which share of thirty well-known programs builds, and why the others do not',
  async run(args) {
    const program = readProgram(usage, args, process.env);
    if (program.help !== undefined) {
      console.log(program.help);
      return 0;
    }
    const { values, positionals } = program;
    const crates = (positionals.length > 0 ? positionals : YIELD_CRATES).map(parseCrateName);
    useEnvironmentProxy(process.env);
    await using cleanup = new AsyncDisposableStack();
    const dataDir = resolve(values.dataDir ?? (await mkdtemp(join(tmpdir(), 'bench-yield-'))));
    if (values.dataDir === undefined) cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
    const logs = join(dataDir, 'logs');
    await mkdir(logs, { recursive: true });
    const driver = cleanup.use(
      await openExecutor({
        executor: values.executor,
        allowUnsandboxed: values.allowUnsandboxed,
        requireSafe: values.requireSafe,
        dataDir,
        caBundle: caBundleOf(values.caBundle, process.env),
        environment: process.env,
        docker: dockerOptionsOf(values),
        vm: vmOptionsOf(values),
        onProgress: (line) => console.error(line),
      }),
    );
    const index = openIndex(values.registry);
    cleanup.defer(() => index.close());
    const abort = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
    const run = {
      driver,
      index,
      indexUrl: values.registry,
      target: values.target,
      dataDir,
      command: values.quick ? QUICK : {},
      logFile: (crate: string) => join(logs, `${crate}.log`),
      signal: abort.signal,
    };
    const yields: Yield[] = [];
    for (const crate of crates) {
      const one = await buildOne(run, crate);
      if (one === undefined) break;
      yields.push(one);
      console.log(yieldLine(one));
    }
    console.log(`\n${values.executor}, ${values.target}${values.quick ? ', without optimisation' : ''}`);
    console.log(yieldReport(yields));
    return abort.signal.aborted ? 130 : 0;
  },
};
