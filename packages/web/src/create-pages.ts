import type { ApiClient } from '@buildsrs/client';
import {
  BuildIdSchema,
  CrateNameSchema,
  ProblemError,
  TaskStatusSchema,
  VersionSchema,
} from '@buildsrs/common';
import { Hono, type Context } from 'hono';
import { compress } from 'hono/compress';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import * as v from 'valibot';
import { loadAssets } from './assets.ts';
import { cratePath } from './components/links.ts';
import { layout } from './components/layout.ts';
import { liveLog } from './log/live-log.ts';
import type { Page, PageContext } from './page.ts';
import { buildPage } from './pages/build.ts';
import { buildersPage } from './pages/builders.ts';
import { cratePage } from './pages/crate.ts';
import { homePage } from './pages/home.ts';
import { problemPage } from './pages/problem.ts';
import { queuePage } from './pages/queue.ts';
import { searchPage } from './pages/search.ts';
import { versionPage } from './pages/version.ts';
import { PAGE_POLICY } from './page-policy.ts';

/** What the pages are made from. */
export interface PagesOptions {
  /** Everything shown comes through it. */
  readonly client: ApiClient;
  /** Where people reach this instance, without a slash at its end. */
  readonly publicUrl: string;
  /** Told of errors that are neither a problem of the API nor a sentence for people: bugs, for the log. */
  readonly onError?: (error: unknown) => void;
  /** Aborted when the server stops: what follows a build ends then. */
  readonly stopping?: AbortSignal;
  /** The moment relative times are told from; the clock's when left out. */
  readonly now?: () => Date;
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  otherwise: () => ProblemError,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, text);
  if (!result.success) throw otherwise();
  return result.output;
}

const crateName = (c: Context) =>
  read(
    CrateNameSchema,
    c.req.param('name') ?? '',
    () => new ProblemError('crate-not-found', 'No crate can have this name.'),
  );
const versionNumber = (text: string) =>
  read(
    VersionSchema,
    text,
    () => new ProblemError('version-not-found', 'This is not a version; one looks like 1.2.3.'),
  );
const buildId = (c: Context) =>
  read(
    BuildIdSchema,
    c.req.param('id') ?? '',
    () => new ProblemError('build-not-found', 'This is not the name of a build.'),
  );
const cursorOf = (c: Context): string | undefined => c.req.query('cursor')?.slice(0, 512);

/**
 * The pages as a Hono app to be mounted at `/` after every other route: it also answers what nothing else does, with a
 * page that says so. Every page is complete without script.
 */
export function createPages(options: PagesOptions): Hono {
  const assets = loadAssets();
  const { client, publicUrl, stopping = new AbortController().signal } = options;
  const app = new Hono();

  const contextOf = (c: Context): PageContext => ({
    client,
    publicUrl,
    now: options.now?.() ?? new Date(),
    assets,
    signal: c.req.raw.signal,
  });

  const send = (c: Context, page: Page): Response | Promise<Response> => {
    c.header(
      'cache-control',
      page.live === true ? 'no-store' : 'public, max-age=10, stale-while-revalidate=60',
    );
    c.header('speculation-rules', `"${assets.path('speculation.json')}"`);
    return c.html(layout(page, contextOf(c), c.req.path === '/'), (page.status ?? 200) as 200);
  };

  const show =
    (make: (context: PageContext, c: Context) => Promise<Page>) =>
    async (c: Context): Promise<Response> =>
      await send(c, await make(contextOf(c), c));

  const showProblem = async (c: Context, error: unknown): Promise<Response> => {
    const page = problemPage(error);
    if (page.status === 500) options.onError?.(error);
    return await send(c, page);
  };

  app.use(secureHeaders(PAGE_POLICY));
  app.onError(async (error, c) => {
    const isForeignForm = error instanceof HTTPException && error.status === 403;
    const problem = new ProblemError('invalid-request', 'This form was not sent from a page of this site.');
    return await showProblem(c, isForeignForm ? problem : error);
  });

  app.get('/assets/:file', (c) => {
    const asset = assets.find(c.req.param('file'));
    if (asset === undefined) return c.text('There is no such file.\n', 404);
    c.header('content-type', asset.mediaType);
    c.header('cache-control', 'public, max-age=31536000, immutable');
    c.header('vary', 'accept-encoding');
    if (asset.gzip !== undefined && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) {
      c.header('content-encoding', 'gzip');
      return c.body(asset.gzip);
    }
    return c.body(asset.body);
  });
  app.get('/favicon.ico', (c) => c.redirect(assets.path('favicon.svg'), 302));
  app.get('/robots.txt', (c) =>
    c.text('User-agent: *\nDisallow: /api/\nDisallow: /builds/\nDisallow: /crates/*/*/*\n'),
  );

  app.get('/builds/:id/live', (c) => liveLog(c, client, buildId(c), stopping));

  app.use(compress());
  app.get('/', show(homePage));
  app.get(
    '/crates',
    show((context, c) => searchPage(context, c.req.query('q') ?? '', cursorOf(c))),
  );
  app.get(
    '/crates/:name',
    show((context, c) => cratePage(context, crateName(c))),
  );
  app.get(
    '/crates/:name/:version',
    show((context, c) => versionPage(context, crateName(c), versionNumber(c.req.param('version') ?? ''))),
  );
  app.get(
    '/builds/:id',
    show((context, c) => buildPage(context, buildId(c), c.req.query('log') !== 'none')),
  );
  app.get(
    '/queue',
    show((context, c) => {
      const status = v.safeParse(TaskStatusSchema, c.req.query('status'));
      return queuePage(context, status.success ? status.output : undefined, cursorOf(c));
    }),
  );
  app.get('/builders', show(buildersPage));

  const ownOrigin = new URL(publicUrl).origin;
  // Besides what browsers say of themselves (Sec-Fetch-Site), as this may stand behind a proxy that speaks https.
  const ownForms = csrf({ origin: (origin, c) => [ownOrigin, new URL(c.req.url).origin].includes(origin) });
  app.post('/crates/:name/request', ownForms, async (c) => {
    const name = crateName(c);
    const form = await c.req.parseBody();
    const text = typeof form['version'] === 'string' ? form['version'] : '';
    const version = text === '' ? undefined : versionNumber(text);
    const requested = await client.requestBuild({
      crate: name,
      ...(version === undefined ? {} : { version }),
    });
    return c.redirect(cratePath(requested.crate, requested.version), 303);
  });

  app.all(
    '*',
    async (c) => await showProblem(c, new ProblemError('not-found', `There is no page at ${c.req.path}.`)),
  );
  return app;
}
