import { createDocument } from '@buildsrs/web';
import { Hono } from 'hono';
import type { AppEnv } from '../http/app-env.ts';
import { generateOpenApi, type OpenApiDocument } from './openapi.ts';
import { referenceBody } from './reference-page.ts';

const CACHE = 'public, max-age=300';

/** The OpenAPI document of an API and the page made of it. `api` is the app whose routes are described. */
export function docsRoutes(api: Hono<AppEnv>, publicUrl: string): Hono<AppEnv> {
  let made: Promise<OpenApiDocument> | undefined;
  const document = (): Promise<OpenApiDocument> => (made ??= generateOpenApi(api, publicUrl));
  const page = createDocument({ publicUrl });
  return new Hono<AppEnv>()
    .get('/api/v1/openapi.json', async (c) => c.json(await document(), 200, { 'cache-control': CACHE }))
    .get('/docs/api', async (c) =>
      c.html(
        page({
          title: 'API',
          section: 'api',
          description: 'The REST API of builds.rs: every route, what it takes and what it answers.',
          body: referenceBody(await document()),
        }),
        200,
        { 'cache-control': CACHE },
      ),
    );
}
