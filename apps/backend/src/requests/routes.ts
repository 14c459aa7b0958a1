import { RequestBuildSchema, RequestedSchema } from '@buildsrs/common';
import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { jsonBody } from '../http/json-body.ts';
import { validate } from '../http/validate.ts';
import { requestBuild } from './request-build.ts';

/** `/requests`: asking for a build. It answers at once; nothing of this API waits for a build. */
export function requestRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().post(
    '/requests',
    answers({
      id: 'requestBuild',
      tag: 'requests',
      summary: 'Ask for a crate to be built',
      description:
        'Makes a task for each target, or finds those there are; asking again does no harm. Follow the tasks to see how they go.',
      answer: RequestedSchema,
      status: 202,
      problems: [
        'crate-not-found',
        'version-not-found',
        'version-yanked',
        'no-builder',
        'no-binaries',
        'opted-out',
        'too-large',
        'too-many-requests',
      ],
    }),
    jsonBody(),
    validate('json', RequestBuildSchema),
    async (c) => c.json(await requestBuild(context, c.req.valid('json')), 202),
  );
}
