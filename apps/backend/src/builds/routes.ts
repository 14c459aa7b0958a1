import { BuildDetailSchema, BuildIdSchema, BuildSchema, BuildsQuerySchema, pageOf } from '@buildsrs/common';
import { listArtifactsOfBuild, listBuilds, listMembers } from '@buildsrs/database';
import { Hono } from 'hono';
import * as v from 'valibot';
import { artifactShape } from '../artifacts/artifact-shape.ts';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { validate } from '../http/validate.ts';
import { buildShape } from './build-shape.ts';
import { findKnownBuild } from './build-state.ts';

const Builds = pageOf(BuildSchema);

/** `/builds`: runs of tasks. */
export function buildRoutes(context: Context): Hono<AppEnv> {
  const { db, address } = context;
  return new Hono<AppEnv>()
    .get(
      '/builds',
      answers({ id: 'listBuilds', tag: 'builds', summary: 'Builds, newest first', answer: Builds }),
      validate('query', BuildsQuerySchema),
      async (c) => {
        const { limit, cursor, ...filters } = c.req.valid('query');
        const page = await listBuilds(db, filters, { limit, cursor });
        return c.json({ items: page.items.map(buildShape), next: page.next });
      },
    )
    .get(
      '/builds/:id',
      answers({
        id: 'getBuild',
        tag: 'builds',
        summary: 'A build, what it was made of and what it left',
        answer: BuildDetailSchema,
        problems: ['build-not-found'],
      }),
      validate('param', v.object({ id: BuildIdSchema })),
      async (c) => {
        const row = await findKnownBuild(context, c.req.valid('param').id);
        const [artifacts, members] = await Promise.all([
          listArtifactsOfBuild(db, row.id),
          listMembers(db, row.id),
        ]);
        return c.json({
          ...buildShape(row),
          artifacts: artifacts.map((artifact) => artifactShape(artifact, address)),
          members: members.map(({ path, sha256, size, executable }) => ({ path, sha256, size, executable })),
          info: row.info,
        });
      },
    );
}
