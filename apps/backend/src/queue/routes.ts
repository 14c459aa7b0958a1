import { QueueSchema } from '@buildsrs/common';
import { queueStats } from '@buildsrs/database';
import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { isoOrNull } from '../http/iso.ts';

/** `/queue`: how the queue stands. */
export function queueRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/queue',
    answers({ id: 'getQueue', tag: 'service', summary: 'Tasks by status', answer: QueueSchema }),
    async (c) => {
      const { oldestPendingAt, ...counts } = await queueStats(context.db);
      return c.json({ ...counts, oldestPendingAt: isoOrNull(oldestPendingAt) });
    },
  );
}
