import { Hono } from 'hono';
import type { AppEnv } from '../http/app-env.ts';
import { DOCUMENT_STYLE } from './document-page.ts';
import { generateOpenApi, type OpenApiDocument } from './openapi.ts';
import { referencePage } from './reference-page.ts';

/** The OpenAPI document of an API and the page made of it. `api` is the app whose routes are described. */
export function docsRoutes(api: Hono<AppEnv>, publicUrl: () => string): Hono<AppEnv> {
  let made: Promise<OpenApiDocument> | undefined;
  const document = (): Promise<OpenApiDocument> => (made ??= generateOpenApi(api, publicUrl()));
  return new Hono<AppEnv>()
    .get('/api/v1/openapi.json', async (c) =>
      c.json(await document(), 200, { 'cache-control': 'public, max-age=300' }),
    )
    .get('/docs/api', async (c) =>
      c.html(referencePage(await document()), 200, { 'cache-control': 'public, max-age=300' }),
    )
    .get('/docs/style.css', (c) =>
      c.body(DOCUMENT_STYLE, 200, {
        'content-type': 'text/css; charset=utf-8',
        'cache-control': 'public, max-age=3600',
      }),
    );
}
