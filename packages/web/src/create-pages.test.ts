import type { CrateFacts } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { createPages } from './create-pages.ts';
import { attributeOf, foreignParts, parsePage } from './testing/document.ts';
import { createFakeClient } from './testing/fake-client.ts';
import { PAGE_PATHS } from './testing/page-paths.ts';
import { SAMPLE_NOW } from './testing/sample-data.ts';

const optionsOf = (client = createFakeClient()) => ({
  client,
  publicUrl: 'https://builds.example',
  now: () => SAMPLE_NOW,
});
const pages = createPages(optionsOf());

describe.each(PAGE_PATHS)('$name ($path)', ({ route, path }) => {
  test('is whole: one title, one first heading, every reference within the page leads somewhere', async () => {
    const response = await pages.request(path);
    expect(response.status).toBe(route === '/*' ? 404 : 200);
    const { elements } = parsePage(await response.text());
    const named = (name: string) => elements.filter((element) => element.tagName === name);
    expect(named('title')).toHaveLength(1);
    expect(named('h1')).toHaveLength(1);
    expect(named('main')).toHaveLength(1);
    const ids = elements.flatMap((element) => attributeOf(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const element of elements) {
      for (const name of ['aria-labelledby', 'for', 'data-copy']) {
        const target = attributeOf(element, name);
        if (target !== undefined) expect(ids).toContain(target);
      }
      const href = attributeOf(element, 'href');
      if (href?.startsWith('#') === true) expect(ids).toContain(href.slice(1));
    }
  });

  test('has the policy, and nothing the policy would stop', async () => {
    const response = await pages.request(path);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(foreignParts(parsePage(await response.text()))).toEqual([]);
  });

  test('every link to this site leads to a page, a file, or the API', async () => {
    const { elements } = parsePage(await (await pages.request(path)).text());
    const hrefs = new Set(elements.flatMap((element) => attributeOf(element, 'href') ?? []));
    expect(hrefs.size).toBeGreaterThan(5);
    for (const href of hrefs) {
      if (!href.startsWith('/')) continue;
      // These the backend itself answers.
      if (/^\/(?:api\/v1|docs\/api)/.test(href)) continue;
      const { status } = await pages.request(href);
      // Tasks of the samples name crates that have no page of their own.
      const isSampleOnly = /^\/crates\/(?:bat|hyperfine|mdbook-legacy|bottom)\b/.test(href);
      if (!isSampleOnly) expect([href, status]).toEqual([href, 200]);
    }
  });
});

test('style sheet, scripts and fonts are there, immutable, and name each other rightly', async () => {
  const { elements } = parsePage(await (await pages.request(PAGE_PATHS[0]?.path ?? '/')).text());
  const css =
    elements.map((element) => attributeOf(element, 'href') ?? '').find((href) => href.endsWith('.css')) ?? '';
  const response = await pages.request(css);
  expect(response.headers.get('cache-control')).toContain('immutable');
  const text = await response.text();
  expect(text).not.toContain('asset:');
  const fonts = [...text.matchAll(/url\('([^']+)'\)/g)].map(([, url]) => url as string);
  expect(fonts.length).toBeGreaterThanOrEqual(3);
  for (const url of fonts) {
    const font = await pages.request(url);
    expect([url, font.status, font.headers.get('content-type')]).toEqual([url, 200, 'font/woff2']);
  }
});

test('files come compressed to who can read that, with the same content', async () => {
  const css = parsePage(await (await pages.request('/')).text())
    .elements.map((element) => attributeOf(element, 'href') ?? '')
    .find((href) => href.endsWith('.css')) as string;
  const packed = await pages.request(css, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  const stream = (packed.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(
    new DecompressionStream('gzip'),
  );
  expect(await new Response(stream).text()).toBe(await (await pages.request(css)).text());
});

test('the modules import each other by names that exist', async () => {
  const build = PAGE_PATHS.find(({ name }) => name === 'build-running')?.path ?? '';
  const { elements } = parsePage(await (await pages.request(build)).text());
  const scripts = elements.flatMap((element) => attributeOf(element, 'src') ?? []);
  expect(scripts.length).toBe(2);
  for (const script of scripts) {
    const source = await (await pages.request(script)).text();
    for (const [, specifier] of source.matchAll(/from '([^']+)'/g)) {
      const target = new URL(specifier as string, `https://h${script}`).pathname;
      expect([target, (await pages.request(target)).status]).toEqual([target, 200]);
    }
  }
});

test('the speculation rules are a file, of their own type', async () => {
  const header = (await pages.request('/')).headers.get('speculation-rules') ?? '';
  const rules = await pages.request(JSON.parse(header) as string);
  expect(rules.headers.get('content-type')).toBe('application/speculationrules+json');
  expect(await rules.json()).toHaveProperty('prefetch');
});

test('a page that looks again how far a build is comes without the log, with the same progress', async () => {
  const running = PAGE_PATHS.find(({ name }) => name === 'build-running')?.path ?? '';
  const progressOf = (html: string) => /<section class="panel progress".*?<\/section>/s.exec(html)?.[0];
  const whole = await (await pages.request(running)).text();
  const part = await (await pages.request(`${running}?log=none`)).text();
  expect(progressOf(part)).toBe(progressOf(whole));
  expect(progressOf(part)).toContain('stage-build');
  expect(whole).toContain('class="line"');
  expect(part).not.toContain('class="line"');
});

test('pages of running things are not kept, others shortly', async () => {
  const running = PAGE_PATHS.find(({ name }) => name === 'build-running')?.path ?? '';
  expect((await pages.request(running)).headers.get('cache-control')).toBe('no-store');
  expect((await pages.request('/')).headers.get('cache-control')).toContain('max-age=10');
});

test('a form asks for a build and leads to its version', async () => {
  const asked: unknown[] = [];
  const honest = createFakeClient();
  const app = createPages(
    optionsOf(
      createFakeClient({
        requestBuild: async (request) => {
          asked.push(request);
          return await honest.requestBuild(request);
        },
      }),
    ),
  );
  const post = (headers: Record<string, string>) =>
    app.request('https://builds.example/crates/hexyl/request', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: 'version=0.13.1',
    });
  const response = await post({ origin: 'https://builds.example' });
  expect([response.status, response.headers.get('location')]).toEqual([303, '/crates/hexyl/0.16.0']);
  expect(asked).toEqual([{ crate: 'hexyl', version: '0.13.1' }]);
  expect((await post({ origin: 'https://evil.example' })).status).toBe(400);
  expect(asked).toHaveLength(1);
});

test('an error nobody foresaw is told to the log, not to the reader', async () => {
  const errors: unknown[] = [];
  const app = createPages({
    ...optionsOf(
      createFakeClient({
        getQueue: async () => {
          throw new TypeError('secret detail');
        },
      }),
    ),
    onError: (error) => errors.push(error),
  });
  const response = await app.request('/queue');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret detail');
  expect(errors).toHaveLength(1);
});

describe('what an author wants of rebuilds', () => {
  const pageOf = async (facts: Partial<CrateFacts>): Promise<string> => {
    const client = createFakeClient();
    const { getVersion } = client;
    const wishing = createPages(
      optionsOf({
        ...client,
        async getVersion(...asked) {
          const version = await getVersion(...asked);
          const known = version.facts === null ? null : { ...version.facts, ...facts };
          return { ...version, facts: known, artifacts: [], tasks: [] };
        },
      }),
    );
    return await (await wishing.request('/crates/hexyl/0.16.0')).text();
  };

  test('is labelled, and a crate that must not be built has no button', async () => {
    expect(await pageOf({})).not.toContain('Its author asks');
    const onRequest = await pageOf({ preferences: { rebuild: 'on-request' } });
    expect(onRequest).toContain('only when somebody asks');
    expect(onRequest).toContain('class="request"');
    const never = await pageOf({ preferences: { rebuild: 'never' } });
    expect(never).toContain('It is not built here.');
    expect(never).not.toContain('class="request"');
  });

  test('is told where it is not used, as text', async () => {
    const page = await pageOf({ ignoredPreferences: ['packages: "<script>" is none.'] });
    expect(page).toContain('packages: &quot;&lt;script&gt;&quot; is none.');
  });
});
