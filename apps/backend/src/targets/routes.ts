import { pageOf, TargetDetailSchema } from '@buildsrs/common';
import { listTargets } from '@buildsrs/database';
import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';

const Targets = pageOf(TargetDetailSchema);

/** `/targets`: what can be built for. */
export function targetRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/targets',
    answers({ id: 'listTargets', tag: 'builders', summary: 'The targets, by name', answer: Targets }),
    async (c) => {
      const rows = await listTargets(context.db);
      return c.json({
        items: rows.map(({ name, enabled, builders, built }) => ({ name, enabled, builders, built })),
        next: null,
      });
    },
  );
}
