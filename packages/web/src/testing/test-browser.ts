import type { ApiClient } from '@buildsrs/client';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findChromium, openBrowser } from './open-browser.ts';
import { serveSamples } from './serve-samples.ts';

/** Machines under load are slow; nothing here is about time. Below {@link TEST_TIMEOUT_MS}, to be told what was waited for. */
const PATIENCE_MS = 120_000;

/** How long a test with a browser may take. */
export const TEST_TIMEOUT_MS = 180_000;

/** The pages with samples, and a browser before them where the machine has one. */
export interface TestBrowser extends AsyncDisposable {
  readonly url: string;
  /** Why nothing can be opened. */
  readonly missing: string | undefined;
  /** Opens a page of the samples; `complaints` gathers what the browser reports: errors, and what the policy stopped. */
  open(
    path: string,
    options?: BrowserContextOptions,
  ): Promise<{ page: Page; complaints: string[] } & AsyncDisposable>;
}

/** Starts both. Without a Chromium every test is to be skipped, unless `BUILDSRS_TEST_REQUIRE_ALL` is 1: then this throws. */
export async function startTestBrowser(replaced: Partial<ApiClient> = {}): Promise<TestBrowser> {
  const chromium = findChromium();
  const missing = chromium === undefined ? 'Chromium is not installed' : undefined;
  if (missing !== undefined && process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1')
    throw new Error(`${missing}.`);
  const samples = await serveSamples(replaced);
  const browser: Browser | undefined = chromium === undefined ? undefined : await openBrowser(chromium);
  return {
    url: samples.url,
    missing,
    async open(path, options = {}) {
      if (browser === undefined) throw new Error('There is no browser.');
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // A page that is a problem on purpose is reported as a resource that failed.
        if (message.type() === 'error' && !/status of 404/.test(message.text()))
          complaints.push(message.text());
      });
      await page.goto(samples.url + path, { waitUntil: 'load' });
      return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
    },
    async [Symbol.asyncDispose]() {
      await browser?.close();
      await samples[Symbol.asyncDispose]();
    },
  };
}
