import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EXECUTORS,
  optionalText,
  readProgram,
  SentenceError,
  TargetSchema,
  wholeNumber,
} from '@buildsrs/common';
import { caBundleOf, openExecutor, type ExecutorDriver } from '@buildsrs/executor';
import { unpackSystem } from '@buildsrs/executor/testing';
import { CRATES_IO, useEnvironmentProxy } from '@buildsrs/registry';
import * as v from 'valibot';
import type { Bench } from '../bench.ts';
import { buildQuietly } from '../build-quietly.ts';
import { openCrateSource, openSampleSource, SAMPLE_CRATES, type CrateSource } from '../crate-source.ts';
import { isReproducible, reproducibleLine, type Built } from './report.ts';

const ExecutorsSchema = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.array(v.picklist(EXECUTORS)),
);

const usage = {
  name: 'pnpm bench reproducible',
  summary:
    'Whether a crate comes out the same: built again and again, each time by an executor with empty caches and, on the ' +
    'sandbox, with the system of the Docker executor’s toolchain image.',
  settings: {
    executors: {
      schema: v.optional(ExecutorsSchema, 'sandbox,docker'),
      value: 'NAME,…',
      help: 'Who builds; sandbox,docker.',
    },
    dockerImage: {
      schema: optionalText,
      value: 'NAME',
      help: 'An image with the toolchain; the one the Docker executor builds.',
    },
    times: {
      schema: wholeNumber({ min: 1, max: 20, default: 2 }),
      value: 'N',
      help: 'How often each of them builds a crate; 2.',
    },
    target: {
      schema: v.optional(TargetSchema, 'x86_64-unknown-linux-gnu'),
      value: 'TRIPLE',
      help: 'What to build for; x86_64-unknown-linux-gnu.',
    },
  },
  positionals: '[CRATE[@VERSION]…]',
  examples: ['pnpm bench reproducible hexyl ripgrep@14.1.1 --executors sandbox,docker'],
} as const;

/** Programs of different kinds: small, large, with C code, with many dependencies. */
const REAL_CRATES: readonly string[] = ['hexyl', 'ripgrep', 'fd-find', 'just', 'sd'];

type ExecutorName = (typeof EXECUTORS)[number];

interface Setting {
  /** The file system of the toolchain image; `undefined`: the sandbox has this machine's. */
  readonly system: string | undefined;
  /** The id of that image, so that all of a run have the same. */
  readonly image: string | undefined;
}

function open(executor: ExecutorName, dataDir: string, { system, image }: Setting): Promise<ExecutorDriver> {
  return openExecutor({
    executor,
    dataDir,
    allowUnsandboxed: true,
    caBundle: caBundleOf(undefined, process.env),
    environment: process.env,
    sandbox: { system },
    docker: { image },
    onProgress: (line) => console.error(line),
  });
}

/** Chooses the image, and unpacks it where sandboxes and containers are to be compared. */
async function settingFor(
  executors: readonly ExecutorName[],
  given: Setting,
  cleanup: AsyncDisposableStack,
): Promise<Setting> {
  if (!executors.includes('docker')) return given;
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-image-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  await using docker = await open('docker', dataDir, given);
  const image = docker.imageDigest;
  if (!executors.includes('sandbox')) return { ...given, image };
  if (image === undefined) throw new SentenceError('image-missing', 'There is no toolchain image.');
  // Not below the root, which is this user's alone: builds run as other users.
  const system = await mkdtemp(join(tmpdir(), 'bench-system-'));
  cleanup.defer(() => rm(system, { recursive: true, force: true }));
  await unpackSystem(image, system);
  return { system, image };
}

/** Builds a crate as often as asked, each time with a new data folder. */
async function buildAgain(
  wanted: string,
  options: Setting & {
    readonly source: CrateSource;
    readonly executors: readonly ExecutorName[];
    readonly times: number;
    readonly target: v.InferOutput<typeof TargetSchema>;
    readonly root: string;
  },
): Promise<Built> {
  const entry = await options.source.entryOf(wanted);
  const runs: { executor: string; sha256: string }[] = [];
  for (let time = 0; time < options.times; time += 1) {
    for (const executor of options.executors) {
      const dataDir = await mkdtemp(join(options.root, `${executor}-`));
      try {
        await using driver = await open(executor, dataDir, options);
        const job = options.source.jobFor(entry, options.target);
        const { artifacts } = await buildQuietly(job, { driver, dataDir });
        const sha256 = artifacts[0]?.sha256 ?? 'nothing';
        runs.push({ executor, sha256 });
        console.error(`${entry.name} on ${executor}: ${sha256}`);
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    }
  }
  return { crate: entry.name, version: entry.version, runs };
}

/** Same inputs, same bytes: on one executor and across them. */
export const reproducibleBench: Bench = {
  summary: 'whether crates come out the same, built twice on each executor',
  async run(args) {
    const program = readProgram(usage, args, process.env);
    if (program.help !== undefined) {
      console.log(program.help);
      return 0;
    }
    const { values, positionals } = program;
    const crates = positionals.length > 0 ? positionals : [...SAMPLE_CRATES, ...REAL_CRATES];
    useEnvironmentProxy(process.env);
    await using cleanup = new AsyncDisposableStack();
    const root = await mkdtemp(join(tmpdir(), 'bench-reproducible-'));
    cleanup.defer(() => rm(root, { recursive: true, force: true }));
    const setting = await settingFor(
      values.executors,
      { system: undefined, image: values.dockerImage },
      cleanup,
    );
    const samples = cleanup.use(await openSampleSource());
    const isSample = (crate: string): boolean => SAMPLE_CRATES.includes(crate.split('@')[0] ?? '');
    const real = crates.every(isSample) ? samples : cleanup.use(await openCrateSource(CRATES_IO.sparseIndex));
    let wrong = 0;
    for (const crate of crates) {
      const source = isSample(crate) ? samples : real;
      const built = await buildAgain(crate, { ...values, ...setting, source, root });
      console.log(reproducibleLine(built));
      if (!isReproducible(built)) wrong += 1;
    }
    return wrong === 0 ? 0 : 1;
  },
};
