import type { ApiClient, BuildFollowEvent } from '@buildsrs/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PAGE_PATHS } from './testing/page-paths.ts';
import { SAMPLE_BUILDS } from './testing/sample-data.ts';
import { startTestBrowser, TEST_TIMEOUT_MS, type TestBrowser } from './testing/test-browser.ts';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS, hookTimeout: TEST_TIMEOUT_MS });

const RUNNING = `/builds/${SAMPLE_BUILDS[0]?.id}`;
const LOG = '\u001b[1;32m   Compiling\u001b[0m a v1.0.0\nsecond <b>line</b>\nthird';
const REST = ' goes on\n\u001b[31mfourth\u001b[0m\n';

/** A log that grows when the test says so. */
function growingLog() {
  const waiting: (() => void)[] = [];
  let log = Buffer.from(LOG);
  const client: Partial<ApiClient> = {
    readLog: async () => ({ bytes: Buffer.from(LOG), offset: 0, size: undefined }),
    async *followBuild(_, { offset = 0, signal } = {}): AsyncGenerator<BuildFollowEvent, void, void> {
      let at = offset;
      for (;;) {
        if (signal?.aborted === true) return;
        if (at < log.length) yield { type: 'log', offset: at, bytes: log.subarray(at) };
        at = log.length;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
        await promise;
      }
    },
  };
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    client,
    append(text: string): void {
      log = Buffer.concat([log, Buffer.from(text)]);
      wake();
    },
  };
}

describe('with script', () => {
  const growing = growingLog();
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startTestBrowser(growing.client);
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  test('a live log grows line by line, numbered on, each byte once', async (ctx) => {
    if (browser.missing !== undefined) return ctx.skip(browser.missing);
    await using opened = await browser.open(RUNNING);
    const { page, complaints } = opened;
    const lines = page.locator('.line');
    await page.waitForFunction('document.querySelectorAll(".log-chunk").length === 2');
    growing.append(REST);
    await page.locator('#L4').waitFor();
    expect(await lines.locator('code').allTextContents()).toEqual([
      '   Compiling a v1.0.0',
      'second <b>line</b>',
      'third goes on',
      'fourth',
    ]);
    expect(await lines.locator('.line-number').allTextContents()).toEqual(['1', '2', '3', '4']);
    expect(await page.locator('#L4 .fg1').textContent()).toBe('fourth');
    expect(await page.locator('.log b').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('the copy button copies what is shown', async (ctx) => {
    if (browser.missing !== undefined) return ctx.skip(browser.missing);
    await using opened = await browser.open('/crates/hexyl', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = opened;
    await page.locator('button[data-copy="install-0"]').click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      await page.locator('#install-0').textContent(),
    );
  });

  test('a slash goes to the search, but stays a slash within it', async (ctx) => {
    if (browser.missing !== undefined) return ctx.skip(browser.missing);
    await using opened = await browser.open('/queue');
    const { page } = opened;
    await page.keyboard.press('/');
    await page.keyboard.type('a/b');
    expect(await page.locator('#search-header').inputValue()).toBe('a/b');
  });
});

describe('without script', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startTestBrowser();
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  test('somebody finds a crate, its file and the log of its build', async (ctx) => {
    if (browser.missing !== undefined) return ctx.skip(browser.missing);
    await using opened = await browser.open('/', { javaScriptEnabled: false });
    const { page } = opened;
    await page.getByRole('searchbox').fill('hexyl');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'hexyl 0.16.0' }).click();
    await page.getByText('sha256sum -c -').first().waitFor();
    expect(
      await page
        .getByRole('link', { name: /^Download hexyl/ })
        .first()
        .getAttribute('href'),
    ).toMatch(/^https:\/\/builds\.example\/crates\/hexyl\/0\.16\.0\//);
    await page
      .getByRole('link', { name: /^log of hexyl/ })
      .first()
      .click();
    await page.getByText('Compiling').first().waitFor();
    expect(await page.locator('.line').count()).toBeGreaterThan(30);
  });

  test.for(PAGE_PATHS)('$name shows no control that needs script', async ({ path }, ctx) => {
    if (browser.missing !== undefined) return ctx.skip(browser.missing);
    await using opened = await browser.open(path, { javaScriptEnabled: false });
    expect(await opened.page.locator('button[data-copy]:visible, [data-follow]:visible').count()).toBe(0);
  });
});
