import { ProblemError } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { createPages } from './create-pages.ts';
import { createFakeClient } from './testing/fake-client.ts';
import { foreignParts, parsePage, type ParsedPage } from './testing/document.ts';
import { createHostileClient, type Hostility } from './testing/hostile-client.ts';
import { INJECTIONS } from './testing/injections.ts';
import { PAGE_PATHS } from './testing/page-paths.ts';
import { SAMPLE_BUILDS, SAMPLE_NOW } from './testing/sample-data.ts';

/** Controls but tab and line feed, and marks that turn text round: none may reach a page. */
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

const pagesOf = (client: Parameters<typeof createPages>[0]['client']) =>
  createPages({ client, publicUrl: 'https://builds.example', now: () => SAMPLE_NOW });

async function pageOf(
  pages: ReturnType<typeof createPages>,
  path: string,
): Promise<ParsedPage & { html: string }> {
  const html = await (await pages.request(path)).text();
  return { html, ...parsePage(html) };
}

function inTurn(texts: readonly string[]): { next: () => string; taken: () => number } {
  let taken = 0;
  return {
    next: () => {
      taken += 1;
      return texts[(taken - 1) % texts.length] as string;
    },
    taken: () => taken,
  };
}

/** Pages on which crates and builders have a word. */
const WORDY = PAGE_PATHS.filter(({ name }) => !['not-found', 'problem', 'search-none'].includes(name));

describe.each(WORDY)('$name', ({ path }) => {
  test.each<Hostility>(['free-text', 'addresses', 'everything'])(
    'all of the corpus in %s changes no markup',
    async (hostility) => {
      const harmless = hostility === 'addresses' ? 'no-address' : 'x';
      const expected = await pageOf(pagesOf(createHostileClient(hostility, () => harmless)), path);
      const corpus = inTurn(INJECTIONS);
      const pages = pagesOf(createHostileClient(hostility, corpus.next));
      let before = -1;
      while (corpus.taken() < INJECTIONS.length && corpus.taken() !== before) {
        before = corpus.taken();
        const page = await pageOf(pages, path);
        expect(foreignParts(page)).toEqual([]);
        if (hostility !== 'everything') expect(page.html).not.toContain('\u001b');
        if (hostility === 'free-text') {
          expect(page.skeleton).toBe(expected.skeleton);
          expect(page.texts.filter((text) => ACTING.test(text))).toEqual([]);
        }
      }
    },
  );

  test('a megabyte in every field leaves a page of ordinary size and the same markup', async () => {
    const expected = await pageOf(pagesOf(createHostileClient('free-text', () => 'x')), path);
    const page = await pageOf(pagesOf(createHostileClient('free-text', () => '<b>'.repeat(350_000))), path);
    expect(page.skeleton).toBe(expected.skeleton);
    expect(page.html.length).toBeLessThan(400_000);
  });
});

test('all of the corpus as a search, a cursor and a place changes no markup', async () => {
  const pages = pagesOf(createFakeClient({ searchCrates: async () => ({ items: [], next: 'more' }) }));
  const search = await pageOf(pages, '/crates?q=x&cursor=x');
  const place = await pageOf(pages, '/nowhere');
  for (const text of INJECTIONS) {
    const encoded = encodeURIComponent(text.toWellFormed());
    const found = await pageOf(pages, `/crates?q=${encoded}&cursor=${encoded}`);
    expect(found.skeleton).toBe(search.skeleton);
    expect(foreignParts(found)).toEqual([]);
    const nowhere = await pageOf(pages, `/nowhere/${encoded}/at/all/${encoded}`);
    expect(nowhere.skeleton).toBe(place.skeleton);
    for (const path of [`/crates/${encoded}`, `/crates/hexyl/${encoded}`, `/builds/${encoded}`]) {
      const response = await pages.request(path);
      expect(response.status).toBe(404);
      expect(foreignParts(parsePage(await response.text()))).toEqual([]);
    }
  }
});

test('all of the corpus in a problem changes no markup', async () => {
  const problemWith = (text: string) =>
    pagesOf(
      createFakeClient({
        getQueue: async () => {
          throw new ProblemError('unavailable', text, { suggestions: [text, 'hexyl'] });
        },
      }),
    );
  const expected = await pageOf(problemWith('a sentence'), '/queue');
  for (const text of INJECTIONS) {
    const page = await pageOf(problemWith(text), '/queue');
    expect(page.skeleton.replaceAll(/\na\[href\](?=\na\[href\]\nsearch)/g, '')).toBe(
      expected.skeleton.replaceAll(/\na\[href\](?=\na\[href\]\nsearch)/g, ''),
    );
    expect(foreignParts(page)).toEqual([]);
    expect(page.texts.filter((part) => ACTING.test(part))).toEqual([]);
  }
});

test('all of the corpus in a log stays text', async () => {
  const bytes = Buffer.from(INJECTIONS.join('\n'));
  const pages = pagesOf(
    createFakeClient({ readLog: async () => ({ bytes, offset: 0, size: bytes.length }) }),
  );
  const page = await pageOf(pages, `/builds/${SAMPLE_BUILDS[2]?.id}`);
  expect(foreignParts(page)).toEqual([]);
  expect(page.html).not.toContain('\u001b');
  expect(page.texts.filter((text) => ACTING.test(text))).toEqual([]);
  expect(page.html).not.toContain('href="https://evil.example');
  expect(page.texts.some((text) => text.includes('<script>alert(1)</script>'))).toBe(true);
});
