import { BuildIdSchema } from '@buildsrs/common';
import { findEndedBuilds, listBuilders, listen, reapExpired, REAP_BATCH } from '@buildsrs/database';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import { finishLogs } from './finish-logs.ts';
import { loop, type LoopOptions } from './loop.ts';
import { sweepStorage } from './sweep-storage.ts';

const REAP_MS = 2_000;
const POLL_MS = 3_000;
const DISABLED_MS = 1_000;
const CANCEL_MS = 1_000;
const LOGS_MS = 3_000;
const FLUSH_MS = 5_000;
const SWEEP_MS = 10 * 60_000;

async function reap({ db, metrics, log }: Context): Promise<void> {
  for (;;) {
    const reaped = await reapExpired(db);
    for (const { build, task, status } of reaped) log.warn({ build, task, status }, 'lease lost');
    metrics.leasesLost.inc(reaped.length);
    if (reaped.length < REAP_BATCH) return;
  }
}

/** A builder that is shut out must not go on with what it has: its connection ends, its leases run out. */
async function closeDisabled({ db, connections }: Context): Promise<void> {
  const ids = new Set(connections.builderIds);
  if (ids.size === 0) return;
  const enabled = new Map((await listBuilders(db)).map((builder) => [builder.id, builder.enabled]));
  for (const id of ids) {
    const state = enabled.get(id);
    if (state === undefined) connections.closeBuilder(id, 'revoked');
    else if (!state) connections.closeBuilder(id, 'builder-disabled');
  }
}

/** A build that somebody else ended (an operator, the reaper of another backend) must not go on at its builder. */
async function cancelEnded({ db, connections }: Context): Promise<void> {
  for (const build of await findEndedBuilds(db, connections.buildIds)) {
    connections.cancel(build, 'The build was ended by the backend.');
  }
}

/** What runs beside the requests until the backend stops. */
export interface Loops {
  /** Resolves when all have ended; they do when the context is stopping. */
  readonly ended: Promise<void>;
}

/** Starts all of them. Every backend runs every loop: each chore is safe to be done by several at once. */
export async function startLoops(context: Context, databaseUrl: string): Promise<Loops> {
  const { log, stopping: signal, signals, connections, downloads } = context;
  const offTasks = signals.onTasks(() => connections.wake());
  const listener = listen(databaseUrl, ['tasks', 'builds'], (channel, payload) => {
    if (channel === 'tasks') {
      if (payload === undefined || payload.startsWith('pending')) signals.tasksChanged();
      return;
    }
    const build = v.safeParse(BuildIdSchema, payload);
    signals.buildChanged(build.success ? build.output : undefined);
  });
  const chores: ReadonlyArray<Pick<LoopOptions, 'name' | 'everyMs' | 'run'>> = [
    { name: 'reap leases', everyMs: REAP_MS, run: () => reap(context) },
    // What a lost notification or a retry whose time has come would otherwise leave lying.
    { name: 'look for tasks', everyMs: POLL_MS, run: async () => connections.wake() },
    { name: 'close disabled builders', everyMs: DISABLED_MS, run: () => closeDisabled(context) },
    { name: 'cancel ended builds', everyMs: CANCEL_MS, run: () => cancelEnded(context) },
    { name: 'finish logs', everyMs: LOGS_MS, run: (stop) => finishLogs(context, stop) },
    { name: 'flush downloads', everyMs: FLUSH_MS, run: () => downloads.flush() },
    { name: 'sweep storage', everyMs: SWEEP_MS, run: (stop) => sweepStorage(context, stop) },
  ];
  const running = chores.map((chore) => loop({ ...chore, log, signal }));
  await listener.ready;
  async function end(): Promise<void> {
    await Promise.all(running);
    offTasks();
    await listener.close();
  }
  return { ended: end() };
}
