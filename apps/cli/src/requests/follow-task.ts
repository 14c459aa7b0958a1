import { setTimeout as sleep } from 'node:timers/promises';
import type { Task, TaskDetail, TaskId } from '@buildsrs/common';
import type { ApiClient } from '@buildsrs/client';
import type { CommandContext } from '../command.ts';
import { followLog } from './follow-log.ts';

const EVERY_MS = 1_000;

function waitingLine(task: TaskDetail): string {
  const what = `${task.crate} ${task.version} for ${task.target}`;
  if (task.status === 'blocked') return `${what} waits until the crate's manifest was read.`;
  if (task.notBefore !== null && task.attempts > 0) return `${what} is tried again soon.`;
  if (task.queuePosition !== null) return `${what} is number ${task.queuePosition} in the queue.`;
  return `${what} is ${task.status}.`;
}

/** Follows a task through queue and builds to its end, telling on a stream what changes. */
export async function followTask(
  client: ApiClient,
  id: TaskId,
  out: CommandContext['stdout'],
  context: CommandContext,
): Promise<TaskDetail> {
  const { signal } = context;
  let told = '';
  let followed: Task['build'] = null;
  for (;;) {
    const task = await client.getTask(id, { signal });
    if (task.status === 'built' || task.status === 'failed') return task;
    if (task.status === 'building' && task.build !== null && task.build !== followed) {
      followed = task.build;
      out.write(`${task.crate} ${task.version} for ${task.target} is built: build ${task.build}\n`);
      await followLog(client, task.build, out, context);
      continue;
    }
    const line = waitingLine(task);
    if (line !== told) out.write(`${line}\n`);
    told = line;
    await sleep(EVERY_MS, undefined, { signal });
  }
}
