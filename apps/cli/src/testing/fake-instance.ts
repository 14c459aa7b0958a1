import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Task, TaskDetail, VersionDetail } from '@buildsrs/common';
import { GNU } from './sample-archive.ts';

const AT = '2026-01-01T00:00:00.000Z';
const BUILD = '01900000-0000-7000-8000-000000000001' as Task['build'] & string;

/** A task of the sample, as the API shows it. */
export function sampleTask(changes: Partial<TaskDetail> = {}): TaskDetail {
  return {
    id: 7 as Task['id'],
    crate: 'sample' as Task['crate'],
    version: '1.2.0' as Task['version'],
    yanked: false,
    kind: 'binary',
    target: GNU,
    variant: 'default',
    status: 'pending',
    priority: 1,
    attempts: 0,
    notBefore: null,
    failure: null,
    build: null,
    publishedBuild: null,
    createdAt: AT,
    updatedAt: AT,
    queuePosition: null,
    artifacts: [],
    ...changes,
  };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An instance with one crate, `sample` 1.2.0, of which the archives are given by target. */
export interface FakeInstance extends AsyncDisposable {
  readonly url: string;
  /** What was asked for: `GET /api/v1/crates/sample`. */
  readonly requests: string[];
  readonly build: typeof BUILD;
  /** Answers a path itself instead; paths are without their query. */
  answer(path: string, answer: Answer | object): void;
  /** Where a target's archive is downloaded. */
  pathOf(target: string): string;
}

const json = (response: ServerResponse, body: object, status = 200): void => {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
};

const names = (target: string): string => `sample-1.2.0-${target}.tar.gz`;

/** Starts the instance on a loopback port, or behind a server that is given. */
export async function startFakeInstance(
  archives: Readonly<Record<string, Buffer>>,
  options: {
    tasks?: readonly Task[];
    scheme?: 'http' | 'https';
    server?: ReturnType<typeof createServer>;
  } = {},
): Promise<FakeInstance> {
  const requests: string[] = [];
  const own = new Map<string, Answer | object>();
  const pathOf = (target: string): string => `/crates/sample/1.2.0/${target}/${names(target)}`;
  const targets = Object.keys(archives);
  const server = options.server ?? createServer();
  let url = '';
  const summary = {
    name: 'sample',
    description: 'A sample\u001b[2J of\nprograms',
    latest: '1.2.0',
    targets,
    downloads: 3,
    updatedAt: AT,
  };
  const version = () =>
    ({
      crate: 'sample',
      version: '1.2.0',
      checksum: 'c'.repeat(64),
      yanked: false,
      facts: null,
      tasks: options.tasks ?? [],
      artifacts: Object.entries(archives).map(([target, bytes]) => ({
        name: names(target),
        crate: 'sample',
        version: '1.2.0',
        target,
        kind: 'binary',
        build: BUILD,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        size: bytes.length,
        mediaType: 'application/gzip',
        url: `${url}${pathOf(target)}`,
        downloads: 0,
        createdAt: AT,
      })),
    }) as unknown as VersionDetail;
  const usual = (path: string, response: ServerResponse): void => {
    const archive = targets.find((target) => pathOf(target) === path);
    if (archive !== undefined) response.end(archives[archive]);
    else if (path === '/api/v1/crates') json(response, { items: [summary], next: null });
    else if (path === '/api/v1/crates/sample') {
      const built = { version: '1.2.0', yanked: false, targets, status: 'built' };
      json(response, { ...summary, versions: [built] });
    } else if (path === '/api/v1/crates/sample/1.2.0') json(response, version());
    else {
      const problem = { type: '/problems/crate-not-found', title: 'There is no such crate', status: 404 };
      json(response, { ...problem, detail: 'No such crate is known here.', code: 'crate-not-found' }, 404);
    }
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] as string;
    requests.push(`${request.method} ${path}`);
    const answer = own.get(path);
    if (typeof answer === 'function') (answer as Answer)(request, response);
    else if (answer !== undefined) json(response, answer);
    else usual(path, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `${options.scheme ?? 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    build: BUILD,
    pathOf,
    answer: (path, answer) => void own.set(path, answer),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
