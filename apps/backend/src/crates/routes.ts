import {
  CrateDetailSchema,
  CrateNameSchema,
  CratesQuerySchema,
  CrateSummarySchema,
  pageOf,
  VersionDetailSchema,
  VersionSchema,
} from '@buildsrs/common';
import { listArtifactsOfVersion, listTasksOfVersion, listVersions, searchCrates } from '@buildsrs/database';
import { Hono } from 'hono';
import * as v from 'valibot';
import { artifactShape } from '../artifacts/artifact-shape.ts';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { validate } from '../http/validate.ts';
import { shownFacts } from '../jobs/wanted-of.ts';
import { taskShape } from '../tasks/task-shape.ts';
import { crateShape } from './crate-shape.ts';
import { findKnownCrate, findKnownVersion } from './find-known.ts';

const Crates = pageOf(CrateSummarySchema);

/** `/crates`: what the registry has. */
export function crateRoutes(context: Context): Hono<AppEnv> {
  const { db, address } = context;
  return new Hono<AppEnv>()
    .get(
      '/crates',
      answers({ id: 'searchCrates', tag: 'crates', summary: 'Crates by name', answer: Crates }),
      validate('query', CratesQuerySchema),
      async (c) => {
        const { limit, cursor, query = '' } = c.req.valid('query');
        const page = await searchCrates(db, { query, limit, cursor });
        return c.json({ items: page.items.map(crateShape), next: page.next });
      },
    )
    .get(
      '/crates/:name',
      answers({
        id: 'getCrate',
        tag: 'crates',
        summary: 'A crate and its versions, newest first',
        answer: CrateDetailSchema,
        problems: ['crate-not-found'],
      }),
      validate('param', v.object({ name: CrateNameSchema })),
      async (c) => {
        const crate = await findKnownCrate(context, c.req.valid('param').name);
        const versions = await listVersions(db, crate.name);
        return c.json({
          ...crateShape(crate),
          versions: versions.map(({ version, yanked, targets, status }) => ({
            version,
            yanked,
            targets,
            status,
          })),
        });
      },
    )
    .get(
      '/crates/:name/:version',
      answers({
        id: 'getVersion',
        tag: 'crates',
        summary: 'A version, its tasks and its published files',
        description: 'The version is exact, or `latest`: the newest stable one that is not yanked.',
        answer: VersionDetailSchema,
        problems: ['crate-not-found', 'version-not-found', 'version-yanked'],
      }),
      validate(
        'param',
        v.object({ name: CrateNameSchema, version: v.union([v.literal('latest'), VersionSchema]) }),
      ),
      async (c) => {
        const { name, version } = c.req.valid('param');
        const row = await findKnownVersion(context, name, version);
        const [tasks, artifacts] = await Promise.all([
          listTasksOfVersion(db, row.id),
          listArtifactsOfVersion(db, row.id),
        ]);
        return c.json({
          crate: row.crate,
          version: row.version,
          checksum: row.checksum,
          yanked: row.yanked,
          facts: shownFacts(context.overrides, row),
          tasks: tasks.map(taskShape),
          artifacts: artifacts.map((artifact) => artifactShape(artifact, address)),
        });
      },
    );
}
