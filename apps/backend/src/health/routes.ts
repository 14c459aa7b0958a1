import { ProblemError } from '@buildsrs/common';
import { queueStats } from '@buildsrs/database';
import { Hono } from 'hono';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { AppEnv } from '../http/app-env.ts';
import { isUnavailable } from '../http/is-unavailable.ts';

/** A load balancer asks every few seconds; an answer that takes longer is a no. */
const DEADLINE_MS = 3_000;

async function databaseAnswers({ db }: Context): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), DEADLINE_MS);
  const asked = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
  return await Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

/** `/healthz`, `/readyz` and `/metrics`: for those who keep this running. */
export function healthRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get('/healthz', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }))
    .get('/readyz', async (c) => {
      if (context.stopping.aborted) throw new ProblemError('unavailable', 'This backend is stopping.');
      if (!(await databaseAnswers(context))) {
        throw new ProblemError('unavailable', 'The database does not answer.');
      }
      return c.json({ status: 'ready' }, 200, { 'cache-control': 'no-store' });
    })
    .get('/metrics', async (c) => {
      const { registry, tasks } = context.metrics;
      try {
        const { oldestPendingAt: _, ...counts } = await queueStats(context.db);
        for (const [status, count] of Object.entries(counts)) tasks.set({ status }, count);
      } catch (error) {
        // The other numbers matter most just when the database is away.
        if (!isUnavailable(error)) throw error;
      }
      return c.body(await registry.metrics(), 200, {
        'content-type': registry.contentType,
        'cache-control': 'no-store',
      });
    });
}
