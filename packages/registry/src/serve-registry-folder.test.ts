import { parseCrateName, parseVersion } from '@buildsrs/common';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveRegistryFolder, type ServedRegistry } from './serve-registry-folder.ts';
import {
  FIXTURE_CRATES_DIR,
  FIXTURE_REGISTRY_DIR,
  readFixtureCrates,
  registryFiles,
} from './testing/index.ts';
import { unpackCrate } from './unpack-crate.ts';

const run = promisify(execFile);

let directory: string;
let registry: ServedRegistry;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'buildsrs-registry-'));
  registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
});
afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

test('the registry folder that is checked in is what its sources make', async () => {
  const expected = registryFiles(readFixtureCrates(FIXTURE_CRATES_DIR));
  const there = (await readdir(FIXTURE_REGISTRY_DIR, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(FIXTURE_REGISTRY_DIR.length + 1)
        .replaceAll('\\', '/'),
    );
  expect(there.toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [path, content] of expected) {
    const file = await readFile(join(FIXTURE_REGISTRY_DIR, path));
    expect(
      file.equals(content),
      `${path} is as its sources make it (node packages/registry/src/testing/fixtures.ts)`,
    ).toBe(true);
  }
});

describe('the sparse protocol over a folder', () => {
  test('config.json names its own downloads', async () => {
    const config = await (await fetch(`${registry.url}/config.json`)).json();
    expect(config).toEqual({ dl: `${registry.url}/crates/{crate}/{version}/download`, api: null });
  });

  test('an index file has an ETag that makes the next request conditional', async () => {
    const first = await fetch(`${registry.url}/he/ll/hello-buildsrs`);
    expect(first.status).toBe(200);
    expect((await first.text()).trimEnd().split('\n')).toHaveLength(4);
    const etag = first.headers.get('etag') as string;
    const second = await fetch(`${registry.url}/he/ll/hello-buildsrs`, {
      headers: { 'if-none-match': etag },
    });
    expect(second.status).toBe(304);
  });

  test('a crate is the file the index promises, unless it was tampered with', async () => {
    const line = async (path: string): Promise<{ cksum: string }> =>
      JSON.parse((await (await fetch(`${registry.url}/${path}`)).text()).split('\n')[0] as string) as {
        cksum: string;
      };
    const sha256 = async (path: string): Promise<string> =>
      createHash('sha256')
        .update(await (await fetch(`${registry.url}/${path}`)).bytes())
        .digest('hex');
    const hello = await line('he/ll/hello-buildsrs');
    expect(await sha256('crates/hello-buildsrs/0.1.0/download')).toBe(hello.cksum);
    const tampered = await line('ta/mp/tampered-buildsrs');
    expect(await sha256('crates/tampered-buildsrs/1.0.0/download')).not.toBe(tampered.cksum);
  });

  test.each([
    '/crates/hello-buildsrs/9.9.9/download',
    '/crates/hello-buildsrs/..%2f..%2fhe%2fll%2fhello-buildsrs/download',
    '/crates/..%2f..%2f..%2fetc/1.0.0/download',
    '/../../../etc/passwd',
    '/he/ll/../ll/hello-buildsrs%00',
    '/HE/LL/HELLO-BUILDSRS',
    '/he/ll/absent-buildsrs',
  ])('%s is not there', async (path) => {
    expect((await fetch(`${registry.url}${path}`)).status).toBe(404);
  });

  test('nothing can be written', async () => {
    expect((await fetch(`${registry.url}/config.json`, { method: 'PUT', body: '{}' })).status).toBe(405);
  });
});

test('cargo builds hello-buildsrs from it by source replacement', async (ctx) => {
  if (
    !(await run('cargo', ['--version']).then(
      () => true,
      () => false,
    ))
  ) {
    if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error('cargo is not installed');
    ctx.skip('cargo is not installed');
  }
  const name = parseCrateName('hello-buildsrs');
  const version = parseVersion('0.2.0');
  const archive = await fetch(`${registry.url}/crates/${name}/${version}/download`);
  const { directory: source } = await unpackCrate(await archive.bytes(), directory, {
    name,
    version,
  });
  const cargoHome = join(directory, 'cargo-home');
  await rm(cargoHome, { recursive: true, force: true });
  const config = [
    '[source.crates-io]',
    'replace-with = "fixtures"',
    '[source.fixtures]',
    `registry = "${registry.index}"`,
  ].join('\n');
  await writeFile(join(directory, 'config.toml'), config);
  await run(
    'cargo',
    [
      '--config',
      join(directory, 'config.toml'),
      'build',
      '--locked',
      '--manifest-path',
      join(source, 'Cargo.toml'),
      '--target-dir',
      join(directory, 'out'),
    ],
    { cwd: directory, env: { ...process.env, CARGO_HOME: cargoHome }, maxBuffer: 1 << 24 },
  );
  const { stdout } = await run(join(directory, 'out', 'debug', 'hello-buildsrs'), ['reader']);
  expect(stdout).toBe('Hello, reader!\n');
}, 300_000);
