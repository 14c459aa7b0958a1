import { ProblemError } from '@buildsrs/common';
import { Hono } from 'hono';
import { artifactRoutes } from './artifacts/routes.ts';
import { badgeRoutes } from './badges/routes.ts';
import { builderRoutes } from './builders/routes.ts';
import { buildRoutes } from './builds/routes.ts';
import { logRoutes } from './builds/log-routes.ts';
import type { Context } from './context.ts';
import { crateRoutes } from './crates/routes.ts';
import { docsRoutes } from './docs/routes.ts';
import { downloadRoutes } from './downloads/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { allowMethods } from './http/allow-methods.ts';
import { apiDefaults } from './http/api-defaults.ts';
import type { AppEnv } from './http/app-env.ts';
import { problemResponse } from './http/problem-response.ts';
import { rateLimit } from './http/rate-limit.ts';
import { requestId } from './http/request-id.ts';
import { securityHeaders } from './http/security-headers.ts';
import { installScriptRoutes } from './install-script/routes.ts';
import { httpMetrics } from './metrics/http-metrics.ts';
import { pageRoutes } from './pages/routes.ts';
import { problemRoutes } from './problems/routes.ts';
import { queueRoutes } from './queue/routes.ts';
import { requestRoutes } from './requests/routes.ts';
import { targetRoutes } from './targets/routes.ts';
import { taskRoutes } from './tasks/routes.ts';
import { uploadRoutes } from './uploads/routes.ts';

const API = '/api/v1';

const nowhere = (): ProblemError => new ProblemError('not-found', 'This URL leads nowhere.');

/** The routes that stand in the OpenAPI document. */
function documentedRoutes(context: Context): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const routes of [
    crateRoutes,
    requestRoutes,
    taskRoutes,
    buildRoutes,
    logRoutes,
    uploadRoutes,
    artifactRoutes,
    builderRoutes,
    targetRoutes,
    queueRoutes,
  ]) {
    app.route(API, routes(context));
  }
  return app.route('/', downloadRoutes(context));
}

/** The whole HTTP side of the backend. Needs the context's address: it is in answers and pages. */
export function createApp(context: Context): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const documented = documentedRoutes(context);
  app.use(requestId(context.log), securityHeaders, httpMetrics(context.metrics));
  const { requestRate, trustProxy } = context.settings;
  app.use(`${API}/*`, apiDefaults);
  app.post('*', rateLimit({ perMinute: requestRate, trustProxy }));
  app.onError((error, c) => problemResponse(c, error));
  app.notFound((c) => problemResponse(c, nowhere()));
  app.route('/', healthRoutes(context));
  app.get(`${API}/builders/connect`, (c) => {
    c.header('upgrade', 'websocket');
    throw new ProblemError('upgrade-required', 'Builders connect here by WebSocket.');
  });
  app.route('/', docsRoutes(documented, context.address.publicUrl));
  app.route('/', documented);
  app.route('/', installScriptRoutes(context));
  app.route('/', badgeRoutes(context));
  app.route('/', problemRoutes(context.address.publicUrl));
  app.use(allowMethods(app));
  app.all('/api/*', () => {
    throw nowhere();
  });
  if (!context.settings.apiOnly) {
    app.route(
      '/',
      pageRoutes(context, async (request) => await app.fetch(request, { inProcess: true })),
    );
  }
  return app;
}
