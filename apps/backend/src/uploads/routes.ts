import {
  ArtifactNameSchema,
  BuildIdSchema,
  digestFromHeader,
  ProblemError,
  UploadedArtifactSchema,
} from '@buildsrs/common';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { validate } from '../http/validate.ts';
import { readToken } from './read-token.ts';
import { receiveUpload } from './receive-upload.ts';

function readLength(header: string | undefined, transferEncoding: string | undefined): number {
  // With both, RFC 9112 §6.3 lets the encoding win, and the announced length would be a lie.
  if (transferEncoding === undefined && header !== undefined && /^\d{1,15}$/.test(header))
    return Number(header);
  throw new ProblemError('invalid-request', 'An upload needs the header Content-Length, and is not chunked.');
}

/** `PUT /builds/{id}/artifacts/{name}`: what a builder made. */
export function uploadRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().put(
    '/builds/:id/artifacts/:name',
    answers({
      id: 'uploadArtifact',
      tag: 'builds',
      summary: 'Upload an artifact of a running build',
      description:
        'For builders: with the token of the build as Bearer, `Content-Length`, and `Repr-Digest: sha-256=:…:` (RFC 9530). Nothing is published before the build is complete. Uploading the same again is harmless.',
      answer: UploadedArtifactSchema,
      status: 201,
      security: 'build-token',
      problems: ['unauthorized', 'lease-lost', 'too-large', 'digest-mismatch', 'storage-full'],
    }),
    validate('param', v.object({ id: BuildIdSchema, name: ArtifactNameSchema })),
    async (c) => {
      const { id, name } = c.req.valid('param');
      const authorization = c.req.header('authorization');
      if (authorization === undefined) c.header('www-authenticate', 'Bearer');
      const token = readToken(authorization);
      const size = readLength(c.req.header('content-length'), c.req.header('transfer-encoding'));
      const sha256 = digestFromHeader(c.req.header('repr-digest') ?? '');
      if (sha256 === undefined) {
        throw new ProblemError('invalid-request', 'An upload needs the header Repr-Digest with its sha-256.');
      }
      const body = c.req.raw.body ?? new Blob([]).stream();
      const { kept, ...artifact } = await receiveUpload(context, {
        build: id,
        token,
        name,
        size,
        sha256,
        body,
      });
      return c.json(artifact, kept ? 200 : 201);
    },
  );
}
