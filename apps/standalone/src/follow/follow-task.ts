import type { ApiClient } from '@buildsrs/client';
import type { Task, TaskDetail, TaskId } from '@buildsrs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskTracker } from './task-tracker.ts';

const POLL_MS = 200;

/** Follows a task until it is built or failed for good; what happens on the way is told to the tracker. */
export async function followTask(
  client: ApiClient,
  id: TaskId,
  tracker: TaskTracker,
  signal: AbortSignal,
): Promise<TaskDetail> {
  for (;;) {
    const task = await client.getTask(id, { signal });
    if (task.status === 'built' || task.status === 'failed') return task;
    if ((task.status === 'scheduled' || task.status === 'building') && task.build !== null) {
      await followRun(client, task, tracker, signal);
      continue;
    }
    if (task.failure !== null) tracker.retry(task.failure.message);
    else tracker.enter(task.status === 'blocked' ? 'reading' : 'waiting');
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Follows one build of the task to its end. */
async function followRun(
  client: ApiClient,
  task: Task,
  tracker: TaskTracker,
  signal: AbortSignal,
): Promise<void> {
  if (task.build === null) return;
  tracker.begin();
  for await (const event of client.followBuild(task.build, { signal, maxWaitMs: 1_000 })) {
    if (event.type === 'stage') tracker.enter(event.stage);
    else if (event.type === 'log') tracker.log(event.bytes);
  }
  tracker.end();
}
