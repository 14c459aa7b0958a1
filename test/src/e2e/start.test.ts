import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { skipUnless } from '../support/requirement.ts';
import { run, start, startFolder, type StartFolder } from '../support/start-command.ts';

// Each starts all of builds.rs several times; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 300_000 });

const hasCargo = spawnSync('cargo', ['--version']).status === 0;
const needsCargo = (context: TestContext) =>
  skipUnless(hasCargo, context, 'the start command without Docker needs a Rust toolchain');
const exec = promisify(execFile);

/** A line of `--json`. */
interface Line {
  readonly crate: string;
  readonly version: string;
  readonly target: string;
  readonly kind: string;
  readonly status: string;
  readonly failure: { readonly kind: string } | null;
  readonly artifacts: {
    readonly name: string;
    readonly url: string;
    readonly path: string;
    readonly sha256: string;
    readonly size: number;
  }[];
}

const linesOf = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** Processes that were started by a run in a folder: all of them name it, in their arguments or as where they are. */
async function processesOf(place: StartFolder): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (command.includes(place.folder) || cwd.startsWith(place.folder)) found.push(`${pid} ${command}`);
  }
  return found;
}

const nothingIsLeft = async (place: StartFolder) =>
  await eventually(
    'the end of every process',
    async () => await processesOf(place),
    (left) => left.length === 0,
  );

test('a crate becomes a binary that runs, and a second run answers from what is stored', async (context) => {
  needsCargo(context);
  await using place = await startFolder();
  const first = await run(place, ['hello-buildsrs', '--once', '--json']);
  expect(first, first.stderr).toMatchObject({ code: 0 });
  const [line] = linesOf(first.stdout);
  expect(line).toMatchObject({
    crate: 'hello-buildsrs',
    version: '0.2.0',
    kind: 'binary',
    status: 'built',
    failure: null,
  });
  const archive = line?.artifacts.find((artifact) => artifact.name.endsWith('.tar.gz'));
  const bytes = await readFile(archive?.path as string);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(archive?.sha256);
  expect(bytes.length).toBe(archive?.size);
  await exec('tar', ['-xzf', archive?.path as string, '-C', place.folder, '--strip-components=1']);
  const { stdout } = await exec(join(place.folder, 'hello-buildsrs'), []);
  expect(stdout).toMatch(/hello/i);
  await nothingIsLeft(place);

  const second = await run(place, ['hello-buildsrs', '--once', '--json']);
  expect(second, second.stderr).toMatchObject({ code: 0 });
  expect(second.stderr).toContain('built before');
  const shapeOf = (entry: Line | undefined) => entry?.artifacts.map(({ name, sha256 }) => ({ name, sha256 }));
  expect(shapeOf(linesOf(second.stdout)[0])).toEqual(shapeOf(line));
});

test('the servers keep running until Ctrl-C: page, download and install line are there', async (context) => {
  needsCargo(context);
  await using place = await startFolder();
  const started = start(place, ['two-programs-buildsrs']);
  await eventually(
    'the end of the build',
    async () => started.stdout(),
    (text) => text.includes('Ctrl-C stops it'),
  );
  const text = started.stdout();
  const of = (label: string) => new RegExp(`^\\s+${label}\\s+(.+)$`, 'm').exec(text)?.[1] ?? '';
  const page = await fetch(of('page'));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('two-programs-buildsrs');
  const download = Buffer.from(await (await fetch(of('download'))).arrayBuffer());
  expect(of('sha256')).toContain(createHash('sha256').update(download).digest('hex'));
  await exec('sh', ['-c', of('install')], { env: { PATH: process.env['PATH'], HOME: place.folder } });
  const installed = await readdir(join(place.folder, '.local', 'bin'));
  expect(installed.toSorted()).toEqual(['first-buildsrs', 'second-buildsrs']);
  started.kill('SIGINT');
  expect(await started.ended).toBe(0);
  await nothingIsLeft(place);
});

test.for(['SIGINT', 'SIGKILL'] as const)(
  'after %s in the middle of a build no process is left, and the next start finishes it',
  async (signal, context) => {
    needsCargo(context);
    await using place = await startFolder();
    const started = start(place, [
      'hello-buildsrs',
      'two-programs-buildsrs',
      'build-script-buildsrs',
      '--once',
    ]);
    await eventually(
      'a build',
      async () => started.stdout(),
      (text) => text.includes(': building'),
    );
    started.kill(signal);
    expect(await started.ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
    await nothingIsLeft(place);
    const next = await run(place, [
      'hello-buildsrs',
      'two-programs-buildsrs',
      'build-script-buildsrs',
      '--once',
      '--json',
    ]);
    expect(next, next.stderr).toMatchObject({ code: 0 });
    expect(linesOf(next.stdout).map((line) => line.status)).toEqual(['built', 'built', 'built']);
  },
);
