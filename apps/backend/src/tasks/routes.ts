import {
  pageOf,
  ProblemError,
  TaskDetailSchema,
  TaskIdSchema,
  TaskSchema,
  TasksQuerySchema,
} from '@buildsrs/common';
import { findTask, listArtifactsOfBuild, listTasks, queuePosition } from '@buildsrs/database';
import { Hono } from 'hono';
import * as v from 'valibot';
import { artifactShape } from '../artifacts/artifact-shape.ts';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { validate } from '../http/validate.ts';
import { taskShape } from './task-shape.ts';

const Tasks = pageOf(TaskSchema);
const TaskParam = v.object({
  id: v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,15}$/, 'A task is named by its number.'),
    v.transform(Number),
    TaskIdSchema,
  ),
});

/** `/tasks`: things wanted. */
export function taskRoutes(context: Context): Hono<AppEnv> {
  const { db, address } = context;
  return new Hono<AppEnv>()
    .get(
      '/tasks',
      answers({ id: 'listTasks', tag: 'tasks', summary: 'Tasks, newest first', answer: Tasks }),
      validate('query', TasksQuerySchema),
      async (c) => {
        const { limit, cursor, ...filters } = c.req.valid('query');
        const page = await listTasks(db, filters, { limit, cursor });
        return c.json({ items: page.items.map(taskShape), next: page.next });
      },
    )
    .get(
      '/tasks/:id',
      answers({
        id: 'getTask',
        tag: 'tasks',
        summary: 'A task, its place in the queue and what it published',
        answer: TaskDetailSchema,
        problems: ['task-not-found'],
      }),
      validate('param', TaskParam),
      async (c) => {
        const { id } = c.req.valid('param');
        const row = await findTask(db, id);
        if (row === undefined) throw new ProblemError('task-not-found', `There is no task ${id}.`);
        const [position, artifacts] = await Promise.all([
          row.status === 'pending' ? queuePosition(db, id) : null,
          row.publishedBuildId === null ? [] : listArtifactsOfBuild(db, row.publishedBuildId),
        ]);
        return c.json({
          ...taskShape(row),
          queuePosition: position,
          artifacts: artifacts.map((artifact) => artifactShape(artifact, address)),
        });
      },
    );
}
