import { ProblemSchema } from '@buildsrs/common';
import {
  assert,
  asyncProperty,
  constantFrom,
  oneof,
  pre,
  record,
  string,
  stringMatching,
  type Arbitrary,
} from 'fast-check';
import pino from 'pino';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from './docs/openapi.ts';
import {
  createMemoryBackend,
  createTestHouse,
  type Answering,
  type TestHouse,
} from './testing/test-backend.ts';
import { publishFile } from './testing/publish.ts';

/** What has broken servers before: traversal, separators, NUL, injection, numbers, prototypes, odd Unicode. */
const HOSTILE = [
  '..',
  '.',
  '../../etc/passwd',
  '..%2f..%2fetc',
  '%2e%2e%2f',
  '%00',
  'a%00b',
  'a%0d%0aset-cookie: x',
  '%5c..%5c',
  '%',
  '%zz',
  "'; drop table crates; --",
  '" or 1=1 --',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '${jndi:x}',
  '$(reboot)',
  '`id`',
  '-1',
  '0',
  '1e309',
  '9007199254740993',
  '99999999999999999999',
  'NaN',
  'null',
  'undefined',
  'true',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'con',
  'NUL',
  'latest',
  'generic',
  'x'.repeat(5_000),
  '%F0%9F%92%A9',
  'ｒｉｐｇｒｅｐ',
  'rip\u200bgrep',
  '\u202egrep',
  '%C0%AF',
  '1.0.0',
  '01.0.0',
  '1.0.0+a',
  '1.0.0-',
];

/** Cursors nobody was given: of other lists, of other types, beyond what the database can hold. */
const KEYS: readonly unknown[] = [
  [],
  {},
  null,
  1,
  'x',
  [1],
  [-1],
  [1.5],
  [1e300],
  ['1'],
  [null],
  [[1]],
  [1, 2],
  [1, 'a'],
  [1, '\u0000'],
  [1, '%'],
  [2e9, 1],
  [3e9, 1],
  [4e15, 1],
  [9e15, 1],
  [1, 2, 3],
  [0, '00000000-0000-4000-8000-000000000000'],
  ['2026-02-30 00:00:00+00', 1],
  ['now', '00000000-0000-4000-8000-000000000000'],
];
const CURSORS = [...HOSTILE, ...KEYS.map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'))];

const Text: Arbitrary<string> = oneof(
  constantFrom(...HOSTILE),
  string({ unit: 'binary', maxLength: 40 }),
  stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/),
);

/** What must not be in any answer: the words of a database, of a stack, and of a file system. */
const LEAK =
  /\b(?:select|insert|update) .+ from\b|syntax error at|at .+\.ts:\d+|node_modules|\bSQLSTATE\b|pg_|kysely/i;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
}

let house: TestHouse;
let backend: Answering;
let routes: Route[];
let log = '';

beforeAll(async () => {
  house = await createTestHouse();
  const logger = pino({}, { write: (line) => (log += line) });
  backend = await createMemoryBackend(house, { flags: ['--request-rate', '1000000'], log: logger });
  await publishFile(backend.context, 'fuzzed', Buffer.from('bytes'));
  const document = (await (await backend.request('/api/v1/openapi.json')).json()) as OpenApiDocument;
  routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { parameters?: ReadonlyArray<{ in: string; name: string }> }>).map(
      ([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        query: (operation.parameters ?? [])
          .filter((entry) => entry.in === 'query')
          .map((entry) => entry.name),
      }),
    ),
  );
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

/** Percent-encodes what cannot stand in a URL at all, and leaves what an attacker would send as it is. */
function raw(text: string): string {
  return text.toWellFormed().replaceAll(/[^\u0021-\u007e]|[?#/\\<>"`{}|^ ]/gu, encodeURIComponent);
}

async function expectHarmless(response: Response): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  const text =
    type.includes('octet') || type.includes('gzip') || type.includes('stream') ? '' : await response.text();
  expect(response.status, text).toBeLessThan(500);
  expect(text).not.toMatch(LEAK);
  // Where `..` left the API, a page says that there is nothing.
  if (response.status >= 400 && !type.includes('text/html')) v.parse(ProblemSchema, JSON.parse(text));
}

describe('hostile input', () => {
  it('of any route is answered with less than 500 and the shape of a problem', async () => {
    for (const route of routes) {
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
      const keys = [...names, ...route.query, 'body', 'range', 'authorization', 'digest'];
      const input = record(Object.fromEntries(keys.map((key) => [key, Text])));
      await assert(
        asyncProperty(input, async (values) => {
          const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => raw(values[name] as string));
          const query = route.query.map((name) => `${name}=${raw(values[name] as string)}`).join('&');
          const headers = {
            range: `bytes=${values['range']}`,
            authorization: `Bearer ${values['authorization']}`,
            'if-none-match': values['digest'] as string,
            'last-event-id': values['range'] as string,
            'repr-digest': values['digest'] as string,
            'content-length': values['range'] as string,
            'content-type': 'application/json',
          };
          let request: Request;
          try {
            const body = { crate: values['body'], version: values['range'], targets: [values['digest']] };
            request = new Request(`http://builds.test${path}?${query}`, {
              method: route.method,
              headers,
              ...(route.method === 'GET' ? {} : { body: JSON.stringify(body) }),
            });
          } catch {
            // Not a URL or not a header: no client could send it.
            pre(false);
            return;
          }
          await expectHarmless(
            await backend.request(new URL(request.url).pathname + new URL(request.url).search, request),
          );
        }),
        { numRuns: 60, maxSkipsPerRun: 1_000 },
      );
    }
  });

  it('is the same in every single place of a request that is sound otherwise', async () => {
    const sound: Readonly<Record<string, string>> = {
      name: 'fuzzed',
      version: '1.0.0',
      target: 'x86_64-unknown-linux-gnu',
      file: 'fuzzed-1.0.0.tar.gz',
      id: '00000000-0000-4000-8000-000000000000',
      sha256: 'ab'.repeat(32),
    };
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
      for (const place of [...names, ...route.query]) {
        for (const text of place === 'cursor' ? CURSORS : HOSTILE) {
          const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
            name === place ? raw(text) : (sound[name] as string),
          );
          const query = route.query.includes(place) ? `?${place}=${raw(text)}` : '';
          await expectHarmless(await backend.request(path + query));
        }
      }
    }
  });

  it('as a body of a request is answered with less than 500', async () => {
    await assert(
      asyncProperty(Text, async (text) => {
        for (const body of [
          text,
          JSON.stringify(text),
          `{"crate":${JSON.stringify(text)}}`,
          `{"__proto__":{"crate":"a"}}`,
        ]) {
          const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
          await expectHarmless(await backend.request('/api/v1/requests', init));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never breaks a line of the log', () => {
    const lines = log.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(500);
    for (const line of lines) {
      expect(line).not.toMatch(/[\r\u0000-\u0009\u000b-\u001f]/);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    expect(log).not.toContain('unforeseen error');
  });
});
