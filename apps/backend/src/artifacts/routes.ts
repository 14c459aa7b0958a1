import { ArtifactSchema, DigestSchema, pageOf } from '@buildsrs/common';
import { findArtifactsBySha256 } from '@buildsrs/database';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { validate } from '../http/validate.ts';
import { artifactShape } from './artifact-shape.ts';

const Artifacts = pageOf(ArtifactSchema);

/** `/artifacts`: from a checksum to what has it. */
export function artifactRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/artifacts/:sha256',
    answers({
      id: 'findArtifacts',
      tag: 'artifacts',
      summary: 'The files with a checksum',
      description:
        'Finds archives by their own sha256 and by that of any file inside them, the published first.',
      answer: Artifacts,
    }),
    validate('param', v.object({ sha256: DigestSchema })),
    async (c) => {
      const rows = await findArtifactsBySha256(context.db, c.req.valid('param').sha256);
      return c.json({ items: rows.map((row) => artifactShape(row, context.address)), next: null });
    },
  );
}
