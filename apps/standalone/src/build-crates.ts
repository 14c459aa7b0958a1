import { createClient, type ApiClient } from '@buildsrs/client';
import { ProblemError, type Requested, type Target, type Task, type TaskDetail } from '@buildsrs/common';
import { findCrates } from './registry/find-crates.ts';
import type { OpenRegistry } from './registry/open-registry.ts';
import { followTask } from './follow/follow-task.ts';
import { TaskTracker } from './follow/task-tracker.ts';
import { verifyDownload } from './follow/verify-download.ts';
import { jsonLine } from './json-line.ts';
import type { StandaloneContext } from './run-standalone.ts';
import type { House } from './servers/house.ts';
import type { StandaloneSettings } from './settings.ts';
import { builtLines, failedLines, refusedLines } from './view/outcome-lines.ts';
import type { WantedCrate } from './wanted-crate.ts';

/** What became of what was asked for. */
export interface Tally {
  /** Tasks. */
  built: number;
  failed: number;
  /** Crates, or their targets, that no task could be made for. */
  refused: number;
}

/** What building needs beside the terminal. */
export interface Work extends StandaloneContext {
  readonly house: House;
  readonly registry: OpenRegistry;
  readonly stack: AsyncDisposableStack;
}

/** Finds the crates in the registry, asks for them to be built, follows each to its end and tells how it went. */
export async function buildCrates(
  wanted: readonly WantedCrate[],
  settings: StandaloneSettings,
  work: Work,
): Promise<Tally> {
  const { house, paint, view } = work;
  const [found, builder, url] = await Promise.all([
    findCrates(wanted, settings, work),
    house.builder,
    house.url,
  ]);
  view.settle();
  if (builder.executor === 'process' && settings.executor === undefined) {
    view.print(
      paint(
        'yellow',
        '    Neither Docker nor bubblewrap works here: crates are compiled with your own rights, as by `cargo install`.',
      ),
    );
  }
  const tally: Tally = { built: 0, failed: 0, refused: 0 };
  const refuse = (crate: string, sentence: string) => {
    tally.refused += 1;
    view.print(...refusedLines(crate, sentence, paint));
  };
  for (const { crate, sentence } of found.refused) refuse(crate, sentence);
  const client = createClient({ baseUrl: url });
  const targets = settings.target.length > 0 ? settings.target : (builder.targets as Target[]);
  // By number: `hexyl` and `hexyl@0.17.0` may be the same.
  const tasks = new Map<number, Task>();
  for (const crate of found.available) {
    for (const target of targets) {
      const answer = await request(client, crate, target);
      if ('tasks' in answer) for (const task of answer.tasks) tasks.set(task.id, task);
      else refuse(crate.name, found.unreachable?.(answer) ?? answer.message);
    }
  }
  const titleOf = ({ crate, version, target }: Task) =>
    targets.length === 1 ? `${crate} ${version}` : `${crate} ${version} ${target}`;
  const ends = await Promise.all(
    [...tasks.values()].map(
      async (task) => await follow(client, task, new TaskTracker(titleOf(task)), { ...work, url }),
    ),
  );
  tally.built = ends.filter(Boolean).length;
  tally.failed = ends.length - tally.built;
  return tally;
}

async function request(
  client: ApiClient,
  crate: WantedCrate,
  target: Target,
): Promise<Requested | ProblemError> {
  try {
    return await client.requestBuild({ crate: crate.name, version: crate.version, targets: [target] });
  } catch (error) {
    if (ProblemError.is(error)) return error;
    throw error;
  }
}

/** Follows a task to its end and tells how it went; whether it is built. */
async function follow(
  client: ApiClient,
  task: Task,
  tracker: TaskTracker,
  work: Work & { readonly url: string },
): Promise<boolean> {
  const { house, paint, printJson, signal, url, view } = work;
  if (task.status !== 'built') view.show(tracker);
  let end: TaskDetail;
  try {
    end = await followTask(client, task.id, tracker, signal);
  } finally {
    view.forget(tracker);
  }
  if (end.status === 'built') {
    for (const artifact of end.artifacts) await verifyDownload(artifact, signal);
    const pageUrl = `${url}/crates/${end.crate}/${end.version}`;
    view.print(...builtLines(end, { tracker, pageUrl, paint }));
  } else {
    const logUrl = end.build === null ? undefined : `${url}/builds/${end.build}`;
    view.print(...failedLines(end, { logUrl, paint }));
  }
  printJson(jsonLine(end, house.storeFolder));
  return end.status === 'built';
}
