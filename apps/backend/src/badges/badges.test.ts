import { seedVersion } from '@buildsrs/database/testing';
import { expect, it } from 'vitest';
import { describeMatrix } from '../testing/describe-matrix.ts';
import { publishFile } from '../testing/publish.ts';
import { badgeSvg } from './badge.ts';

describeMatrix('badges', ({ backend, house }) => {
  const badge = async (crate: string): Promise<string> => {
    const response = await backend().request(`/badge/${encodeURIComponent(crate)}.svg`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    return await response.text();
  };

  it('say the version and for how much it is built', async () => {
    await publishFile(backend().context, 'badged', Buffer.from('bytes'));
    await seedVersion(house().db, 'unbuilt');
    expect(await badge('badged')).toContain('aria-label="builds.rs: 1.0.0 for 1 target"');
    expect(await badge('unbuilt')).toContain('1.0.0 not built');
    expect(await badge('no-such-crate')).toContain('unknown crate');
    expect(await badge('<script>')).not.toContain('<script>');
  });
});

it('a badge escapes what it says', () => {
  const svg = badgeSvg({ label: 'a"b', message: '<script>&', colour: '#000' });
  expect(svg).toContain('aria-label="a&quot;b: &lt;script&gt;&amp;"');
  expect(svg).not.toContain('<script>');
});
