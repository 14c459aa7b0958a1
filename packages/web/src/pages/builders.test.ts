import { expect, test } from 'vitest';
import { createPages } from '../create-pages.ts';
import { createFakeClient } from '../testing/fake-client.ts';
import { SAMPLE_NOW } from '../testing/sample-data.ts';

test('says why a builder is given no work, or takes none', async () => {
  const pages = createPages({
    client: createFakeClient(),
    publicUrl: 'https://builds.example',
    now: () => SAMPLE_NOW,
  });
  const html = await (await pages.request('/builders')).text();
  const cards = html.split('<li class="card">').map((card) => card.replaceAll(/<[^>]*>/g, ' '));
  const cardOf = (name: string) => cards.find((card) => card.includes(name))?.replaceAll(/\s+/g, ' ');
  expect(cardOf('rowan')).toMatch(/ paused .*takes nothing new for now: only 9 % of its disk is free/);
  expect(cardOf('alder')).toMatch(/ suspended .*Nothing is given to it until .*5 builds in a row went wrong/);
  expect(cardOf('larch')).toMatch(/ connected /);
});
