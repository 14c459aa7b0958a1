import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'buildsrs-cli-'));
let registry: ServedRegistry;
beforeAll(async () => {
  registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function crateIn(name: string, main: string, more = ''): string {
  const directory = join(folder, name);
  mkdirSync(join(directory, 'src'), { recursive: true });
  writeFileSync(
    join(directory, 'Cargo.toml'),
    `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "own"\n${more}`,
  );
  writeFileSync(join(directory, 'src/main.rs'), main);
  return directory;
}

async function builds(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = [stdout, stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  });
  const code = await runCli(args, {
    environment: process.env,
    cwd: folder,
    stdout,
    stderr,
    signal: new AbortController().signal,
  });
  return { code, stdout: texts[0]?.() ?? '', stderr: texts[1]?.() ?? '' };
}

const rehearse = (directory: string, ...more: string[]) =>
  builds(
    'build',
    directory,
    '--executor=process',
    '--allow-unsandboxed',
    `--data-dir=${join(folder, 'data')}`,
    `--registry=${registry.index}`,
    ...more,
  );

describe('builds build', () => {
  it('leaves what the service would publish in target/buildsrs', { timeout: 300_000 }, async () => {
    const directory = crateIn('own-program', 'fn main() { println!("mine"); }\n');
    const { code, stdout } = await rehearse(directory, '--json');
    expect(code).toBe(0);
    const line = JSON.parse(stdout) as {
      status: string;
      target: string;
      artifacts: { name: string; path: string; sha256: string }[];
    };
    expect(line.status).toBe('built');
    const archive = line.artifacts.find((one) => one.name.endsWith('.tar.gz')) as {
      path: string;
      sha256: string;
    };
    expect(execFileSync('sha256sum', [archive.path], { encoding: 'utf8' })).toContain(archive.sha256);
    execFileSync('tar', ['-xzf', archive.path, '-C', folder]);
    expect(
      execFileSync(join(folder, `own-program-0.1.0-${line.target}`, 'own-program'), { encoding: 'utf8' }),
    ).toBe('mine\n');
    expect(readFileSync(join(directory, 'target/buildsrs/build.log'), 'utf8')).toContain('own-program');
  });

  it('ends with 1 and shows kind and hint as the service would', { timeout: 300_000 }, async () => {
    const { code, stdout } = await rehearse(crateIn('own-mistake', 'fn main() { missing(); }\n'));
    expect(code).toBe(1);
    expect(stdout).toContain('compiler-error');
    expect(stdout).toContain('missing');
    expect(stdout).toContain('its author can mend it');
  });

  it('builds as the manifest wishes, and says what of it is not used', { timeout: 300_000 }, async () => {
    const wishes =
      '[package.metadata.buildsrs]\nbuild = "on-request"\nfeatures = ["cli"]\npackages = ["sudo"]\n[features]\ncli = []\n';
    const main = '#[cfg(feature = "cli")]\nfn main() {}\n';
    const { code, stderr } = await rehearse(crateIn('own-wishes', main, wishes));
    expect(stderr).toContain('not used of package.metadata.buildsrs: packages: "sudo"');
    expect(stderr).toContain('only on request');
    expect(code).toBe(0);
  });

  it('says what is wrong with a folder, an option, a command', async () => {
    await expect(rehearse(join(folder, 'nowhere'))).rejects.toMatchObject({ name: 'SentenceError' });
    await expect(builds('build', '--target', 'X!')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--target') as string,
    });
    await expect(builds('bulid')).rejects.toMatchObject({ exitCode: 2, code: 'unknown-command' });
    await expect(builds('build', '--executor', 'process')).rejects.toMatchObject({ name: 'SentenceError' });
  });

  it('answers --help, also as cargo builds', async () => {
    expect((await builds('builds', 'build', '--help')).stdout).toContain('Usage: builds build');
    expect((await builds('--help')).code).toBe(0);
    expect((await builds()).code).toBe(2);
  });
});
