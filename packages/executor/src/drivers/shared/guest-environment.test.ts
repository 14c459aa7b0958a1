import { expect, it } from 'vitest';
import { CA_BUNDLE_PATH } from './guest-paths.ts';
import { guestEnvironment, temporaryBytes } from './guest-environment.ts';

const options = {
  path: '/usr/bin',
  hasCaBundle: true,
  environment: { https_proxy: 'http://user:secret@proxy', SECRET: 'of the builder', NO_PROXY: '' },
};

it('gives a build what its stage says, and nothing of the builder', () => {
  expect(
    guestEnvironment({ env: { CARGO_HOME: '/cargo', HOME: '/elsewhere' }, network: false }, options),
  ).toEqual({
    CARGO_HOME: '/cargo',
    PATH: '/usr/bin',
    HOME: '/tmp',
    TMPDIR: '/tmp',
  });
});

it('gives a fetch the proxy and the CA bundle too', () => {
  const environment = guestEnvironment({ env: {}, network: true }, options);
  expect(environment).toMatchObject({
    https_proxy: 'http://user:secret@proxy',
    CARGO_HTTP_CAINFO: CA_BUNDLE_PATH,
    SSL_CERT_FILE: CA_BUNDLE_PATH,
  });
  expect(environment).not.toHaveProperty('SECRET');
  expect(environment).not.toHaveProperty('NO_PROXY');
  expect(guestEnvironment({ env: {}, network: true }, { ...options, hasCaBundle: false })).not.toHaveProperty(
    'SSL_CERT_FILE',
  );
});

it('takes the temporary folder out of the memory', () => {
  expect(temporaryBytes(400)).toBe(100);
  expect(temporaryBytes(64 * 1024 ** 3)).toBe(2 * 1024 ** 3);
});
