import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { skipUnless } from '../support/requirement.ts';
import { start, startFolder } from '../support/start-command.ts';

// Starts all of builds.rs and builds two crates; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 300_000 });

const hasCargo = spawnSync('cargo', ['--version']).status === 0;
const exec = promisify(execFile);
const CLI = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));

test('what was built is installed in one line and by builds, which asks for what was not', async (context) => {
  skipUnless(hasCargo, context, 'building needs a Rust toolchain');
  await using place = await startFolder();
  const started = start(place, ['hello-buildsrs@0.2.0']);
  try {
    await eventually(
      'the end of the build',
      async () => started.stdout(),
      (text) => text.includes('Ctrl-C stops it'),
    );
    const page = /^\s+page\s+(\S+)$/m.exec(started.stdout())?.[1] ?? '';
    const server = new URL(page).origin;
    const homeOf = async (name: string): Promise<string> => {
      const home = join(place.folder, name);
      await mkdir(home);
      return home;
    };
    const programIn = async (home: string): Promise<string> =>
      (await exec(join(home, '.local/bin/hello-buildsrs'), [])).stdout;

    const line = await homeOf('line');
    const { stdout } = await exec('sh', ['-c', `curl -fsSL ${server}/i/hello-buildsrs | sh`], {
      env: { PATH: process.env['PATH'], HOME: line },
    });
    expect(stdout).toContain('Installed hello-buildsrs 0.2.0');
    expect(await programIn(line)).toMatch(/hello/i);

    const own = await homeOf('own');
    const builds = async (...args: string[]) =>
      await exec(process.execPath, [CLI, ...args], {
        env: { PATH: process.env['PATH'], HOME: own, BUILDSRS_SERVER: server },
      });
    await builds('install', 'hello-buildsrs');
    expect(await programIn(own)).toMatch(/hello/i);
    await expect(builds('install', 'hello-buildsrs@0.1.0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('builds request hello-buildsrs@0.1.0') as string,
    });
    const requested = await builds('request', 'hello-buildsrs@0.1.0');
    expect(requested.stdout).toMatch(/^built hello-buildsrs 0\.1\.0 /m);
    const installed = await builds('install', 'hello-buildsrs@0.1.0', '--json');
    expect(JSON.parse(installed.stdout)).toMatchObject({ version: '0.1.0', programs: ['hello-buildsrs'] });
    expect(await readdir(join(own, '.local/bin'))).toEqual(['hello-buildsrs']);
  } finally {
    started.kill('SIGINT');
    await started.ended;
  }
});
