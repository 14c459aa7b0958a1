import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPages } from './create-pages.ts';
import { createFakeClient } from './testing/fake-client.ts';
import { PAGE_PATHS } from './testing/page-paths.ts';
import { startTestBrowser, TEST_TIMEOUT_MS, type TestBrowser } from './testing/test-browser.ts';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS, hookTimeout: TEST_TIMEOUT_MS });

/** Routes that are no pages. */
const NO_PAGES = new Set(['/assets/:file', '/favicon.ico', '/robots.txt', '/builds/:id/live']);

test('every page there is has an accessibility test', () => {
  const pages = createPages({ client: createFakeClient(), publicUrl: 'https://builds.example' });
  const routes = pages.routes
    .filter(({ method, path }) => method === 'GET' || (method === 'ALL' && path === '/_/*'))
    .map((route) => route.path)
    .filter((path) => !NO_PAGES.has(path));
  const tested = PAGE_PATHS.map(({ route }) => route).filter((route) => route !== '/*');
  expect([...new Set(routes)].toSorted()).toEqual([...new Set(tested)].toSorted());
});

describe('in a browser', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startTestBrowser();
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    test.for(PAGE_PATHS)('$name has no fault, and fits a phone', async ({ path }, ctx) => {
      if (browser.missing !== undefined) return ctx.skip(browser.missing);
      await using opened = await browser.open(path, { viewport: { width: 1280, height: 900 }, colorScheme });
      const { page, complaints } = opened;
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze();
      const faults = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
      );
      expect(faults).toEqual([]);
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
      }
      expect(complaints).toEqual([]);
    });
  });
});
