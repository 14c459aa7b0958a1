import { BuilderSchema, pageOf, type Builder } from '@buildsrs/common';
import { listBuilders, type BuilderStatus } from '@buildsrs/database';
import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { isoOrNull } from '../http/iso.ts';

const Builders = pageOf(BuilderSchema);

function builderShape(row: BuilderStatus): Builder {
  return {
    id: row.id,
    name: row.name,
    fingerprint: row.fingerprint,
    enabled: row.enabled,
    connected: row.connected,
    targets: row.targets,
    kinds: row.kinds,
    executor: row.executor,
    isolation: row.isolation,
    slots: row.slots,
    building: row.building,
    suspended:
      row.suspended && row.suspendedUntil !== null
        ? { until: row.suspendedUntil.toISOString(), reason: row.suspendedReason ?? '' }
        : null,
    paused: row.connected ? row.pausedReason : null,
    lastSeenAt: isoOrNull(row.lastSeenAt),
  };
}

/** `/builders`: who builds. */
export function builderRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/builders',
    answers({ id: 'listBuilders', tag: 'builders', summary: 'The builders, by name', answer: Builders }),
    async (c) => c.json({ items: (await listBuilders(context.db)).map(builderShape), next: null }),
  );
}
