import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../rolldown.config.ts';
import { startFakeInstance } from './testing/fake-instance.ts';
import { GNU, sampleArchive } from './testing/sample-archive.ts';

const run = promisify(execFile);
const room = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'buildsrs-bundle-'));
const file = join(folder, 'builds.mjs');

/** This Node, and the machine's own where it is another that the bundle is meant for. */
const RUNTIMES = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((path) => {
  try {
    return (
      Number(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.')[0]) >= 20
    );
  } catch {
    return false;
  }
});

beforeAll(async () => {
  const { output, ...input } = config as { output: object };
  await using bundle = await rolldown({ ...input, cwd: room });
  await bundle.write({ ...output, file });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundle', () => {
  it('is one file', () => {
    expect(readdirSync(folder)).toEqual(['builds.mjs']);
  });

  it.each(RUNTIMES)('installs with %s, far from this repository', async (node) => {
    const target = process.arch === 'arm64' ? GNU.replace('x86_64', 'aarch64') : GNU;
    await using instance = await startFakeInstance({ [target]: await sampleArchive(target) });
    const root = mkdtempSync(join(tmpdir(), 'buildsrs-bundle-root-'));
    const call = async (...args: string[]) =>
      await run(node, [file, ...args], {
        cwd: root,
        env: { HOME: root, PATH: '/usr/bin:/bin', BUILDSRS_SERVER: instance.url },
      });
    try {
      expect((await call('--help')).stdout).toContain('builds install ripgrep');
      expect((await call('build', '--help')).stdout).toContain('Usage: builds build');
      const { stdout } = await call('install', 'sample', '--target', target, '--root', root, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ programs: ['sample', 'sample-helper'] });
      expect(execFileSync(join(root, 'bin/sample'), { encoding: 'utf8' })).toBe('it runs\n');
      await expect(call('install', 'nothing')).rejects.toMatchObject({
        code: 1,
        stderr: 'error: No such crate is known here.\n',
      });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
