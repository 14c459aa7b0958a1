import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caBundleOf, openExecutor } from './open-executor.ts';

describe('openExecutor', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'buildsrs-open-'));
  });
  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  it('runs the code of crates without isolation only when told to', async () => {
    const opening = openExecutor({
      executor: 'process',
      dataDir,
      allowUnsandboxed: false,
      environment: process.env,
    });
    await expect(opening).rejects.toMatchObject({ name: 'SentenceError', code: 'unsandboxed', exitCode: 2 });
  });

  it('says that there is no toolchain, and never takes another executor instead', async () => {
    const opening = openExecutor({
      executor: 'process',
      dataDir,
      allowUnsandboxed: true,
      environment: { PATH: dataDir },
    });
    await expect(opening).rejects.toMatchObject({
      name: 'SentenceError',
      code: 'toolchain-missing',
      exitCode: 3,
    });
  });

  it('says that a CA bundle cannot be read', async () => {
    const opening = openExecutor({
      executor: 'process',
      dataDir,
      allowUnsandboxed: true,
      environment: process.env,
      caBundle: join(dataDir, 'absent.pem'),
    });
    await expect(opening).rejects.toThrow(/absent\.pem cannot be read \(ENOENT\)/);
  });
});

describe('caBundleOf', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-ca-'));
    for (const name of ['node.pem', 'ssl.pem']) await writeFile(join(dir, name), '');
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('is the setting, else what Node, else what OpenSSL is told to trust', () => {
    const [node, ssl] = [join(dir, 'node.pem'), join(dir, 'ssl.pem')];
    expect(caBundleOf('/given.pem', { NODE_EXTRA_CA_CERTS: node })).toBe('/given.pem');
    expect(caBundleOf(undefined, { NODE_EXTRA_CA_CERTS: node, SSL_CERT_FILE: ssl })).toBe(node);
    expect(caBundleOf(undefined, { SSL_CERT_FILE: ssl })).toBe(ssl);
    expect(caBundleOf(undefined, {})).toBeUndefined();
  });

  it('does not follow a variable to a file that is not there', () => {
    const environment = { NODE_EXTRA_CA_CERTS: join(dir, 'absent.pem'), SSL_CERT_FILE: join(dir, 'ssl.pem') };
    expect(caBundleOf(undefined, environment)).toBe(join(dir, 'ssl.pem'));
  });
});
