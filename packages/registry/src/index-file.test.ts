import { describe, expect, test } from 'vitest';
import { parseIndexFile, parseIndexLine } from './index-file.ts';

const CKSUM = 'ab'.repeat(32);
const line = (members: object = {}): string =>
  JSON.stringify({
    name: 'some-crate',
    vers: '1.0.0',
    deps: [],
    cksum: CKSUM,
    features: {},
    yanked: false,
    ...members,
  });
const file = (...lines: string[]): Uint8Array[] => [Buffer.from(lines.map((text) => `${text}\n`).join(''))];

describe('a line', () => {
  test('of today', () => {
    const entry = parseIndexLine(
      line({
        deps: [
          {
            name: 'renamed',
            package: 'real',
            req: '^1',
            features: ['a'],
            optional: true,
            default_features: false,
            target: 'cfg(unix)',
            kind: 'build',
          },
        ],
        features: { default: ['a'], a: [] },
        features2: { b: ['dep:renamed', 'renamed?/x'] },
        v: 2,
        rust_version: '1.70',
        links: 'z',
        pubtime: '2026-01-02T03:04:05Z',
      }),
    );
    expect(entry).toMatchObject({
      name: 'some-crate',
      version: '1.0.0',
      checksum: CKSUM,
      yanked: false,
      rustVersion: '1.70',
      links: 'z',
      publishedAt: '2026-01-02T03:04:05Z',
      dependencies: [
        {
          name: 'renamed',
          package: 'real',
          requirement: '^1',
          optional: true,
          defaultFeatures: false,
          kind: 'build',
        },
      ],
    });
    expect('features' in entry && [...entry.features]).toEqual([
      ['default', ['a']],
      ['a', []],
      ['b', ['dep:renamed', 'renamed?/x']],
    ]);
  });

  test('of 2014, with members that are null or missing', () => {
    const old =
      '{"name":"some-crate","vers":"0.0.1","deps":[{"name":"libc","req":"*","features":[],"optional":false,"default_features":true,"target":null,"kind":null}],"cksum":"' +
      CKSUM +
      '","features":{},"yanked":true}';
    expect(parseIndexLine(old)).toMatchObject({
      yanked: true,
      dependencies: [{ package: 'libc', requirement: '*', kind: 'normal', target: undefined }],
      rustVersion: undefined,
    });
  });

  test.each([
    ['no JSON', '{"name":"some-crate","vers":"1.0', 'not JSON'],
    ['a web page', '<!doctype html>', 'not JSON'],
    ['no version', line({ vers: '1.0' }), 'vers'],
    ['a version beyond u64', line({ vers: '18446744073709551616.0.0' }), 'vers'],
    ['a path for a name', line({ name: '../../etc/passwd' }), 'name'],
    ['a checksum in capitals', line({ cksum: 'AB'.repeat(32) }), 'cksum'],
    ['a checksum that is none', line({ cksum: 'ab' }), 'cksum'],
    ['features that are a list', line({ features: ['a'] }), 'features'],
    ['a NUL in a feature', line({ features: { 'a\u0000b': [] } }), 'plain text'],
    ['half a character in a feature', line({ features: { a: ['\ud800'] } }), 'plain text'],
    ['a format of the future', line({ v: 3 }), 'newer'],
    ['a list', '[]', 'Expected'],
    ['nothing', 'null', 'Expected'],
  ])('with %s is refused with a reason', (_, text, reason) => {
    expect(parseIndexLine(text)).toMatchObject({ reason: expect.stringContaining(reason) as string });
  });

  test('with __proto__ as a feature changes no prototype', () => {
    const entry = parseIndexLine(
      line().replace('"features":{}', '"features":{"__proto__":["polluted"],"constructor":["x"]}'),
    );
    expect('features' in entry && entry.features.get('__proto__')).toEqual(['polluted']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.fromEntries('features' in entry ? entry.features : [])).not.toHaveProperty('polluted');
  });

  test('with features that enable each other is only data', () => {
    expect(parseIndexLine(line({ features: { a: ['b'], b: ['a'] } }))).toMatchObject({ version: '1.0.0' });
  });
});

describe('a file', () => {
  test('gives every version, the spelling of the last, and skips what it cannot use', async () => {
    const crate = await parseIndexFile(
      'some_crate',
      file(
        line(),
        'garbage',
        line({ vers: '1.0.0', yanked: true }),
        line({ name: 'other' }),
        '',
        line({ name: 'Some-Crate', vers: '1.1.0+a' }),
        line({ vers: '1.1.0+b' }),
      ),
    );
    expect(crate.entries.map((entry) => entry.version)).toEqual(['1.0.0', '1.1.0+a', '1.1.0+b']);
    expect(crate.entries[0]?.yanked).toBe(false);
    expect(crate.skipped).toEqual([
      { line: 2, reason: 'it is not JSON' },
      { line: 3, reason: 'version 1.0.0 is given twice' },
      { line: 4, reason: 'it is of another crate' },
    ]);
    expect(crate.name).toBe('some-crate');
  });

  test('may come in chunks of any size and end without a line end', async () => {
    const bytes = Buffer.from(`${line({ features: { größe: [] } })}\n${line({ vers: '2.0.0' })}`);
    const crate = await parseIndexFile(
      'some-crate',
      [...bytes].map((byte) => Buffer.of(byte)),
    );
    expect(crate.entries.map((entry) => entry.version)).toEqual(['1.0.0', '2.0.0']);
    expect(crate.entries[0]?.features.has('größe')).toBe(true);
    expect(crate.skipped).toEqual([]);
  });

  test('with a line of 50 MB costs little memory, and the rest is read', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let peak = 0;
    function* chunks(): Generator<Uint8Array> {
      yield Buffer.from(`${line()}\n`);
      for (let count = 0; count < 50; count += 1) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
        yield chunk;
      }
      yield Buffer.from(`\n${line({ vers: '3.0.0' })}\n`);
    }
    const before = process.memoryUsage().arrayBuffers;
    const crate = await parseIndexFile('some-crate', chunks());
    expect(crate.entries.map((entry) => entry.version)).toEqual(['1.0.0', '3.0.0']);
    expect(crate.skipped).toEqual([{ line: 2, reason: 'it is longer than 2097152 bytes' }]);
    expect(peak - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('with 10,000 features is read', async () => {
    const features = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`f${at}`, [`f${(at + 1) % 10_000}`]]),
    );
    const crate = await parseIndexFile('some-crate', file(line({ features })));
    expect(crate.entries[0]?.features.size).toBe(10_000);
  });

  test('is left at its limits', async () => {
    const many = Array.from({ length: 20 }, (_, at) => line({ vers: `${at}.0.0` }));
    const crate = await parseIndexFile('some-crate', file(...many), {
      lineBytes: 1_000,
      lines: 5,
      fileBytes: 1_000_000,
    });
    expect(crate.entries).toHaveLength(5);
    expect(crate.skipped).toHaveLength(1);
    const cut = await parseIndexFile('some-crate', file(...many), {
      lineBytes: 1_000,
      lines: 50,
      fileBytes: 100,
    });
    expect(cut.skipped.at(-1)?.reason).toContain('the rest is left out');
  });
});
