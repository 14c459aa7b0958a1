import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ExecutorDriver } from '@buildsrs/executor';
import { readToolchain } from '@buildsrs/executor';
import { buildQuietly } from '../build-quietly.ts';
import { SAMPLE_CRATES, type CrateSource } from '../crate-source.ts';
import { leftoversOf } from './leftovers.ts';

/** What a run of many builds left, and how the builder grew. */
export interface Soak {
  readonly builds: number;
  /** What was found after a build that should not be there, each line once. */
  readonly leftovers: readonly string[];
  /** Crates that came out differently from the first time. */
  readonly changed: readonly string[];
  /** Resident memory of this process after the first round of crates and after the last build, bytes. */
  readonly rssBytes: readonly [number, number];
  /** The data folder then, bytes: caches are full after the first round. */
  readonly diskBytes: readonly [number, number];
}

async function folderBytes(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['--summarize', '--block-size=1', folder]);
  return Number(stdout.split('\t')[0]);
}

/** Builds sample crates one after the other on one driver and looks after each for what it left. */
export async function soak(options: {
  readonly driver: ExecutorDriver;
  readonly dataDir: string;
  readonly source: CrateSource;
  readonly builds: number;
  onBuild?(done: number): void;
}): Promise<Soak> {
  const { driver, dataDir, source, builds } = options;
  const { host } = await readToolchain(driver);
  const first = new Map<string, string>();
  const leftovers = new Set<string>();
  const changed = new Set<string>();
  const measure = async () => ({ rss: process.memoryUsage.rss(), disk: await folderBytes(dataDir) });
  let before = await measure();
  for (let done = 0; done < builds; done += 1) {
    const crate = SAMPLE_CRATES[done % SAMPLE_CRATES.length] as string;
    const result = await buildQuietly(source.jobFor(await source.entryOf(crate), host), { driver, dataDir });
    const sha256 = result.artifacts[0]?.sha256 ?? 'nothing';
    if ((first.get(crate) ?? sha256) !== sha256) changed.add(crate);
    first.set(crate, first.get(crate) ?? sha256);
    for (const line of await leftoversOf(dataDir)) leftovers.add(line);
    if (done === SAMPLE_CRATES.length - 1) before = await measure();
    options.onBuild?.(done + 1);
  }
  const after = await measure();
  return {
    builds,
    leftovers: [...leftovers],
    changed: [...changed],
    rssBytes: [before.rss, after.rss],
    diskBytes: [before.disk, after.disk],
  };
}
