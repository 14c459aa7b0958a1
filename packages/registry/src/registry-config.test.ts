import { parseCrateName, parseDigest, parseVersion } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { crateUrlOf, readRegistryConfig } from './registry-config.ts';

const id = {
  name: parseCrateName('MyCrate'),
  version: parseVersion('1.0.0+build.5'),
  checksum: parseDigest('ab'.repeat(32)),
};

describe('the download template', () => {
  test.each([
    ['https://host.test/crates', 'https://host.test/crates/MyCrate/1.0.0%2Bbuild.5/download'],
    ['https://host.test/crates/', 'https://host.test/crates/MyCrate/1.0.0%2Bbuild.5/download'],
    [
      'https://host.test/{crate}/{crate}-{version}.crate',
      'https://host.test/MyCrate/MyCrate-1.0.0%2Bbuild.5.crate',
    ],
    ['https://host.test/{prefix}/{crate}', 'https://host.test/My/Cr/MyCrate'],
    ['https://host.test/{lowerprefix}/{crate}', 'https://host.test/my/cr/MyCrate'],
    ['https://host.test/{sha256-checksum}', `https://host.test/${'ab'.repeat(32)}`],
    ['https://host.test/{unknown}/{crate}', 'https://host.test/{unknown}/MyCrate'],
  ])('%s', (dl, url) => {
    expect(crateUrlOf(dl, id)).toBe(url);
  });

  test('the same template twice gives the same URL', () => {
    const dl = 'https://host.test/{crate}/{version}';
    expect(crateUrlOf(dl, id)).toBe(crateUrlOf(dl, id));
  });
});

describe('config.json', () => {
  test('is read, and what we have no use for is dropped', () => {
    const text = JSON.stringify({ dl: 'https://host.test/dl', api: null, 'auth-required': true, other: 1 });
    expect(readRegistryConfig(text, 'https://host.test/')).toEqual({
      dl: 'https://host.test/dl',
      api: null,
      'auth-required': true,
    });
  });

  test.each(['', '<html>', '{}', '{"dl":"file:///etc"}', '{"dl":"https://a b"}', '[]', 'null'])(
    '%j is refused',
    (text) => {
      expect(() => readRegistryConfig(text, 'https://host.test/')).toThrow(
        'https://host.test/ is not a crate index: its config.json is not one.',
      );
    },
  );
});
