import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Artifact, Digest } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { SAMPLE_BUILDS } from '../testing/sample-data.ts';
import { installLines } from './install-lines.ts';

const run = promisify(execFile);
const sample = SAMPLE_BUILDS.flatMap((build) => build.artifacts)[0] as Artifact;

/** A folder with an archive and, first in the path, a `curl` that gives it out. */
async function workshop() {
  const folder = await mkdtemp(join(tmpdir(), 'web-install-'));
  const inside = sample.name.replace('.tar.gz', '');
  await mkdir(join(folder, inside));
  await writeFile(join(folder, inside, "pro'gram"), 'the program\n');
  await writeFile(join(folder, inside, 'LICENSE'), 'the licence\n');
  await run('tar', ['-czf', 'served', inside], { cwd: folder });
  await rm(join(folder, inside), { recursive: true });
  // Called as `-fLO URL`, or as `-fL -o FILE URL`.
  await writeFile(
    join(folder, 'curl'),
    [
      '#!/bin/sh',
      'for url; do :; done',
      'printf %s "$url" > asked',
      '[ "$1" = -fLO ] && cp served "${url##*/}" || cp served "$3"',
      '',
    ].join('\n'),
  );
  await chmod(join(folder, 'curl'), 0o755);
  const sha256 = createHash('sha256')
    .update(await readFile(join(folder, 'served')))
    .digest('hex') as Digest;
  return {
    folder,
    sha256,
    paste: (lines: string) =>
      run('sh', ['-c', lines], {
        cwd: folder,
        env: { HOME: folder, PATH: `${folder}:${process.env['PATH']}` },
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test('pasted into a shell they fetch, check and unpack', async () => {
  await using shop = await workshop();
  const { stdout } = await shop.paste(installLines({ ...sample, sha256: shop.sha256 }));
  expect(stdout).toContain(`${sample.name}: OK`);
  const unpacked = join(shop.folder, sample.name.replace('.tar.gz', ''));
  expect(await readFile(join(unpacked, "pro'gram"), 'utf8')).toBe('the program\n');
  expect((await readFile(join(shop.folder, 'asked'), 'utf8')).trim()).toBe(sample.url);
});

test('where the programs are known, they alone come to ~/.local/bin', async () => {
  await using shop = await workshop();
  await shop.paste(installLines({ ...sample, sha256: shop.sha256 }, ["pro'gram"]));
  expect(await readdir(join(shop.folder, '.local', 'bin'))).toEqual(["pro'gram"]);
});

test('a wrong sum stops before anything is unpacked', async () => {
  await using shop = await workshop();
  await expect(shop.paste(installLines(sample, ["pro'gram"]))).rejects.toMatchObject({ code: 1 });
  await expect(readdir(join(shop.folder, '.local'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an address that is a trap for shells is only an address', async () => {
  await using shop = await workshop();
  const url = "https://h/$(touch pwned)`touch pwned`';touch pwned;'";
  await shop.paste(installLines({ ...sample, sha256: shop.sha256, url }));
  expect((await readFile(join(shop.folder, 'asked'), 'utf8')).trim()).toBe(url);
  await expect(readFile(join(shop.folder, 'pwned'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('Windows gets PowerShell, macOS its own sum tool', () => {
  const forTarget = (target: string, name: string) =>
    installLines({ ...sample, target: target as Artifact['target'], name: name as Artifact['name'] });
  expect(forTarget('x86_64-pc-windows-gnu', 'a.zip')).toContain('Get-FileHash');
  expect(forTarget('aarch64-apple-darwin', 'a.tar.gz')).toContain('shasum -a 256 -c -');
});
