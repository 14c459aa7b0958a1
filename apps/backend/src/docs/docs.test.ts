import { PROBLEM_CODES } from '@buildsrs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMatrix } from '../testing/describe-matrix.ts';
import type { OpenApiDocument } from './openapi.ts';

/** Every route people may build on; a change here is a change of the public API. */
const ROUTES = [
  'GET /api/v1/artifacts/{sha256}',
  'GET /api/v1/builders',
  'GET /api/v1/builds',
  'GET /api/v1/builds/{id}',
  'GET /api/v1/builds/{id}/events',
  'GET /api/v1/builds/{id}/log',
  'GET /api/v1/crates',
  'GET /api/v1/crates/{name}',
  'GET /api/v1/crates/{name}/{version}',
  'GET /api/v1/queue',
  'GET /api/v1/targets',
  'GET /api/v1/tasks',
  'GET /api/v1/tasks/{id}',
  'GET /crates/{name}/{version}/{target}/{file}',
  'POST /api/v1/requests',
  'PUT /api/v1/builds/{id}/artifacts/{name}',
];

describeMatrix('the OpenAPI document', ({ backend }) => {
  let document: OpenApiDocument;

  beforeAll(async () => {
    document = (await (await backend().request('/api/v1/openapi.json')).json()) as OpenApiDocument;
  });

  it('has every route', () => {
    const routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.toSorted()).toEqual(ROUTES);
    expect(document.openapi).toBe('3.1.0');
  });

  it('says of each what it is called, takes and gives', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item as Record<string, Record<string, unknown>>).map((operation) => ({
        path,
        operation,
      })),
    );
    const ids = operations.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      expect(operation['summary'], path).toBeTypeOf('string');
      expect(operation['tags'], path).toHaveLength(1);
      const responses = operation['responses'] as Record<string, { content?: object }>;
      const statuses = Object.keys(responses);
      expect(
        statuses.some((status) => /^2\d\d$/.test(status)),
        path,
      ).toBe(true);
      expect(statuses, path).toContain('400');
      for (const [status, response] of Object.entries(responses)) {
        const type = status.startsWith('2') ? /./ : /^application\/problem\+json$/;
        expect(Object.keys(response.content ?? {})[0], `${path} ${status}`).toMatch(type);
      }
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
      const parameters = (operation['parameters'] ?? []) as ReadonlyArray<{
        in: string;
        name: string;
        schema: object;
      }>;
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map((parameter) => parameter.name).toSorted(), path).toEqual(named.toSorted());
      for (const parameter of parameters) expect(Object.keys(parameter.schema), path).not.toHaveLength(0);
    }
  });

  it('names the types that clients get, and only those it explains', () => {
    const names = Object.keys(document.components.schemas ?? {});
    expect(names).toEqual(
      expect.arrayContaining(['Artifact', 'Build', 'Failure', 'Problem', 'Requested', 'Task']),
    );
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(names).toContain(name);
    }
  });

  it('is the page of the reference', async () => {
    const response = await backend().request('/docs/api');
    expect(response.headers.get('content-type')).toContain('text/html');
    const page = await response.text();
    for (const path of Object.keys(document.paths)) expect(page).toContain(path);
    expect(page).not.toContain('[object');
    expect(page).not.toMatch(
      /<script(?! type="module" src="\/)|style=|https?:\/\/(?!localhost|127\.0\.0\.1|builds\.test)/,
    );
    const [style] = /\/assets\/site-\w+\.css/.exec(page) ?? [];
    expect((await backend().request(style as string)).headers.get('content-type')).toContain('text/css');
  });
});

describeMatrix('the pages of problems', ({ backend }) => {
  it.each(PROBLEM_CODES)('explain %s', async (code) => {
    const response = await backend().request(`/problems/${code}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(code);
  });
});

describe('the catalogue', () => {
  it('has only words for codes', () => {
    for (const code of PROBLEM_CODES) expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
  });
});
