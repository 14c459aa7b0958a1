import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTORS, readProgram, SentenceError, wholeNumber } from '@buildsrs/common';
import * as v from 'valibot';
import type { Bench } from '../bench.ts';
import { median, table } from '../table.ts';
import { runCargo } from './run-cargo.ts';
import { runOurs } from './run-ours.ts';
import { medianSteps, type Run } from './steps.ts';

/** What the main job may take at most, against `cargo install`: 1.03 × and three seconds. */
const GOAL_FACTOR = 1.03;
const GOAL_MS = 3_000;

const usage = {
  name: 'pnpm bench build',
  summary: 'From `start` to published against `cargo install`, both with empty caches, one after the other.',
  settings: {
    executor: {
      schema: v.optional(v.picklist(EXECUTORS), 'process'),
      value: 'NAME',
      help: 'Executor of ours: docker, sandbox or process (which has the toolchain cargo install has); process.',
    },
    rounds: {
      schema: wholeNumber({ min: 1, max: 50, default: 2 }),
      value: 'N',
      help: 'Rounds; the figures are the medians of all; 2.',
    },
  },
  positionals: '[CRATE[@VERSION]]',
  examples: ['pnpm bench build ripgrep@14.1.1 --rounds 3'],
} as const;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

function report(crate: string, executor: string, ours: readonly Run[], cargo: readonly Run[]): string {
  const column = (title: string, runs: readonly Run[], total: number) =>
    table(
      [title, 's'],
      [
        ...medianSteps(runs, median).map(({ name, ms }) => [`  ${name}`, seconds(ms)]),
        [`  total (${runs.map((run) => seconds(run.totalMs)).join(', ')})`, seconds(total)],
      ],
    );
  const oursMs = median(ours.map((run) => run.totalMs));
  const cargoMs = median(cargo.map((run) => run.totalMs));
  const goalMs = GOAL_FACTOR * cargoMs + GOAL_MS;
  return [
    `${crate} ${ours[0]?.version}, median of ${ours.length}`,
    '',
    column(`start to published (${executor})`, ours, oursMs),
    '',
    column('cargo install --locked', cargo, cargoMs),
    '',
    `ratio ${(oursMs / cargoMs).toFixed(3)}, difference ${seconds(oursMs - cargoMs)} s; ` +
      `goal ${GOAL_FACTOR} × + ${seconds(GOAL_MS)} s = ${seconds(goalMs)} s: ${oursMs <= goalMs ? 'met' : 'missed'}`,
  ].join('\n');
}

/** The main job against what a person would do without us. */
export const buildBench: Bench = {
  summary: 'from `start` to published, against `cargo install` of the same crate and version',
  async run(args) {
    const program = readProgram(usage, args, process.env);
    if (program.help !== undefined) {
      console.log(program.help);
      return 0;
    }
    if (program.positionals.length > 1)
      throw new SentenceError('bad-usage', 'One crate at a time.', { exitCode: 2 });
    const [crate = '', version] = (program.positionals[0] ?? 'hexyl').split('@');
    const { executor, rounds } = program.values;
    const root = await mkdtemp(join(tmpdir(), 'bench-build-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(root, { recursive: true, force: true }));
    const [ours, cargo]: [Run[], Run[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const dirs = [await mkdtemp(join(root, 'ours-')), await mkdtemp(join(root, 'cargo-'))] as const;
      const known = version ?? ours[0]?.version;
      const mine = await runOurs({ crate, version: known, dataDir: dirs[0], executor });
      ours.push(mine);
      console.log(`round ${round + 1}: ours ${seconds(mine.totalMs)} s`);
      const theirs = await runCargo({ crate, version: mine.version, dir: dirs[1] });
      cargo.push(theirs);
      console.log(`round ${round + 1}: cargo install ${seconds(theirs.totalMs)} s`);
      for (const dir of dirs) await rm(dir, { recursive: true, force: true });
    }
    console.log(`\n${report(crate, executor, ours, cargo)}`);
    return 0;
  },
};
