import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a Chromium is on this machine: `BUILDSRS_TEST_CHROMIUM`, or where distributions put it. */
export function findChromium(): string | undefined {
  return [process.env['BUILDSRS_TEST_CHROMIUM'] ?? '', ...PATHS].find(
    (path) => path !== '' && existsSync(path),
  );
}

/** Starts a headless Chromium that talks to nobody by itself. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
