import { CrateNameSchema } from '@buildsrs/common';
import { findCrate } from '@buildsrs/database';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import type { AppEnv } from '../http/app-env.ts';
import { badgeSvg, type Badge } from './badge.ts';

/** Minutes matter to nobody here, and pages with badges are read by many. */
const CACHE = 'public, max-age=300';
const COLOURS = { built: '#2a6f3c', none: '#6b6b6b' } as const;
const LABEL = 'builds.rs';

async function badgeOf({ db }: Context, text: string): Promise<Badge> {
  const name = v.safeParse(CrateNameSchema, text);
  const crate = name.success ? await findCrate(db, name.output) : undefined;
  if (crate === undefined) return { label: LABEL, message: 'unknown crate', colour: COLOURS.none };
  const count = crate.targets.length;
  if (crate.latest === null) return { label: LABEL, message: 'yanked', colour: COLOURS.none };
  if (count === 0) return { label: LABEL, message: `${crate.latest} not built`, colour: COLOURS.none };
  const targets = count === 1 ? '1 target' : `${count} targets`;
  return { label: LABEL, message: `${crate.latest} for ${targets}`, colour: COLOURS.built };
}

/** `/badge/{crate}.svg`: the latest version and for how many targets it is built. An unknown crate has a badge too. */
export function badgeRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get('/badge/:file{.+\\.svg}', async (c) => {
    const badge = await badgeOf(context, c.req.param('file').slice(0, -'.svg'.length));
    c.header('cache-control', CACHE);
    // Pages of others show it.
    c.header('cross-origin-resource-policy', 'cross-origin');
    return c.body(badgeSvg(badge), 200, { 'content-type': 'image/svg+xml; charset=utf-8' });
  });
}
