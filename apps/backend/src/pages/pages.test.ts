import { setVersionFacts } from '@buildsrs/database';
import { seedBuilder, seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { beforeAll, expect, it } from 'vitest';
import { describeMatrix } from '../testing/describe-matrix.ts';
import { publishFile, type PublishedFile } from '../testing/publish.ts';
import { factsWith } from '../testing/test-builder.ts';

describeMatrix(
  'the pages',
  ({ backend, house }) => {
    let file: PublishedFile;

    const page = async (path: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
      const response = await backend().request(path, init);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self'(?:;|$)/);
      return { status: response.status, text: await response.text() };
    };

    beforeAll(async () => {
      file = await publishFile(backend().context, 'paged', Buffer.from('bytes'));
    });

    it('show what the API has', async () => {
      for (const [path, expected] of [
        ['/', 'builds'],
        ['/crates?q=paged', 'paged'],
        ['/crates/paged', file.sha256],
        ['/crates/paged/1.0.0', file.sha256],
        [`/builds/${file.build}`, 'paged'],
        ['/queue', 'built'],
        ['/builders', 'publisher'],
      ] as const) {
        const { status, text } = await page(path);
        expect(status, path).toBe(200);
        expect(text, path).toContain(expected);
      }
    });

    it('say with the right status that there is nothing', async () => {
      for (const path of ['/crates/nobody', '/crates/paged/9.9.9', '/builds/nonsense', '/nowhere/at/all']) {
        expect((await page(path)).status, path).toBe(404);
      }
      expect((await page('/crates/pagedd')).text).toContain('paged');
    });

    it('ask for a build by a form, which counts as one request', async () => {
      await seedBuilder(house().db, 'offering');
      await setVersionFacts(house().db, await seedVersion(house().db, 'asked-for'), factsWith('asked-for'));
      const { publicUrl } = backend().context.address;
      const form = (): Promise<Response> =>
        backend().request('/crates/asked-for/request', {
          method: 'POST',
          headers: {
            origin: publicUrl,
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: 'version=1.0.0',
        });
      const asked = await form();
      expect(asked.status).toBe(303);
      expect(asked.headers.get('location')).toBe('/crates/asked-for/1.0.0');
      const tasks = (await (await backend().request('/api/v1/tasks?crate=asked-for')).json()) as {
        items: object[];
      };
      expect(tasks.items).toMatchObject([{ target: TEST_TARGET, status: 'pending' }]);
      expect((await form()).status).toBe(429);
    });
  },
  { flags: ['--request-rate', '1'] },
);
