import { CrateNameSchema, VersionSchema } from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import { nameOfIndexPath } from './index-path.ts';
import { crateFilePath } from './registry-folder.ts';

/** A registry folder being served. */
export interface ServedRegistry {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The index as cargo writes it: `sparse+http://127.0.0.1:PORT/`. */
  readonly index: string;
  close(): Promise<void>;
}

/** Where to listen; a free port of the loopback interface unless told. */
export interface ServeRegistryOptions {
  readonly host?: string;
  readonly port?: number;
  /** Told of every request, for logs and tests. */
  readonly onRequest?: (request: { method: string; path: string; status: number }) => void;
}

function answer(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

async function answerIndexFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
): Promise<void> {
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) return answer(response, 404, 'There is no such crate.\n');
  const etag = `"${createHash('sha256').update(content).digest('hex')}"`;
  if (request.headers['if-none-match'] === etag) return answer(response, 304, '', { etag });
  answer(response, 200, content, { etag, 'content-type': 'text/plain' });
}

async function answerCrate(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true) return answer(response, 404, 'There is no such file.\n');
  response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': String(facts.size) });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

async function route(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(response, 405, 'This is only read.\n');
  const path = (request.url ?? '/').split('?', 1)[0] as string;
  if (path === '/config.json') {
    const dl = `http://${request.headers.host ?? 'localhost'}/crates/{crate}/{version}/download`;
    return answer(response, 200, JSON.stringify({ dl, api: null }), { 'content-type': 'application/json' });
  }
  const download = /^\/crates\/([^/]+)\/([^/]+)\/download$/.exec(path);
  if (download !== null) {
    const name = v.safeParse(CrateNameSchema, download[1]);
    const version = v.safeParse(VersionSchema, download[2]?.replaceAll('%2B', '+'));
    if (!name.success || !version.success) return answer(response, 404, 'There is no such file.\n');
    return answerCrate(request, response, join(directory, crateFilePath(name.output, version.output)));
  }
  const indexPath = path.slice(1);
  if (nameOfIndexPath(indexPath) === undefined) return answer(response, 404, 'There is nothing here.\n');
  return answerIndexFile(request, response, join(directory, indexPath));
}

/**
 * Serves a registry folder as cargo's sparse protocol: `config.json` (made here), index files with ETags, and `.crate`
 * files. For trying out, tests, and machines without a network; read-only.
 *
 * @param directory Index files at its root, `.crate` files as {@link crateFilePath} says.
 */
export async function serveRegistryFolder(
  directory: string,
  options: ServeRegistryOptions = {},
): Promise<ServedRegistry> {
  const server = createServer((request, response) => {
    response.once('close', () => {
      options.onRequest?.({
        method: request.method ?? '',
        path: request.url ?? '',
        status: response.statusCode,
      });
    });
    route(directory, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  return {
    url,
    index: `sparse+${url}/`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
