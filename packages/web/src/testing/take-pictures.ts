import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findChromium, openBrowser } from './open-browser.ts';
import { PAGE_PATHS } from './page-paths.ts';
import { SAMPLE_NOW } from './sample-data.ts';
import { serveSamples } from './serve-samples.ts';

// `pnpm --filter @buildsrs/web pictures FOLDER [NAME…] [--fold]`: pages with sample data, on a desktop and a phone, light
// and dark; with --fold only what one sees without scrolling.
const { positionals, values } = parseArgs({ allowPositionals: true, options: { fold: { type: 'boolean' } } });
const [folder = 'pictures', ...names] = positionals;
const chromium = findChromium();
if (chromium === undefined) throw new Error('There is no Chromium to take pictures with.');
mkdirSync(folder, { recursive: true });

await using samples = await serveSamples();
const browser = await openBrowser(chromium);
for (const [device, width, height] of [
  ['desktop', 1280, 860],
  ['phone', 390, 844],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(SAMPLE_NOW);
    for (const { name, path } of PAGE_PATHS) {
      if (names.length > 0 && !names.includes(name)) continue;
      await page.goto(samples.url + path, { waitUntil: 'load' });
      await page.screenshot({
        path: join(folder, `${name}-${device}-${colorScheme}.png`),
        fullPage: values.fold !== true,
      });
    }
    await context.close();
  }
}
await browser.close();
