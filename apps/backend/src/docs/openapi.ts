import type { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import type { AppEnv } from '../http/app-env.ts';

/** The OpenAPI 3.1 document, as `hono-openapi` makes it from the schemas that validate. */
export type OpenApiDocument = Awaited<ReturnType<typeof generateSpecs>>;

const DESCRIPTION = [
  'Programs from crates.io, built, checked and ready to run.',
  '',
  'Errors are problem details (RFC 9457) from one catalogue; `code` names the problem and `/problems/{code}` explains it.',
  'Lists are read page by page: give `next` of one page as `cursor` for the next; `null` ends the list.',
  'Crate names are found whatever their case and whether they are written with `-` or `_`.',
].join('\n');

const TAGS = [
  { name: 'crates', description: 'Crates and their versions, as the registry has them.' },
  { name: 'requests', description: 'Asking for a crate to be built.' },
  { name: 'tasks', description: 'Things wanted: a version, a kind, a target.' },
  { name: 'builds', description: 'Runs of a task by a builder, with stages and log.' },
  { name: 'artifacts', description: 'Published files.' },
  { name: 'builders', description: 'Who builds, and what for.' },
  { name: 'service', description: 'How the service itself stands.' },
];

/** Generates the document of an app's routes. */
export async function generateOpenApi(app: Hono<AppEnv>, publicUrl: string): Promise<OpenApiDocument> {
  return await generateSpecs(app, {
    documentation: {
      openapi: '3.1.0',
      info: {
        title: 'builds.rs',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: publicUrl }],
      tags: TAGS,
      components: {
        securitySchemes: {
          buildToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token of a build, from the lease of its job. It ends with the lease.',
          },
        },
      },
    },
    defaultValidationErrorResponse: false,
    excludeStaticFile: false,
  });
}
