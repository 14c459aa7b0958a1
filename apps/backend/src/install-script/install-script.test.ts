import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '@buildsrs/common';
import { requestTask } from '@buildsrs/database';
import { seedVersion, TEST_TARGET } from '@buildsrs/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishFile, type PublishedFile } from '../testing/publish.ts';
import { createMachine, needTool, SHELLS, type Machine, type Shell } from '../testing/shells.ts';
import { createTestHouse, startTestBackend, type TestHouse } from '../testing/test-backend.ts';
import { posixScript } from './posix-script.ts';

const PROGRAM = '#!/bin/sh\necho it runs\n';

/** The archive of a crate, as builders make it. */
function archiveOf(crate: string, target: string, program = PROGRAM): Buffer {
  const work = mkdtempSync(join(tmpdir(), 'buildsrs-archive-'));
  const folder = `${crate}-1.0.0-${target}`;
  mkdirSync(join(work, folder));
  writeFileSync(join(work, folder, crate), program, { mode: 0o755 });
  writeFileSync(join(work, folder, `${crate}-helper`), program, { mode: 0o755 });
  writeFileSync(join(work, folder, 'LICENSE'), 'do as you like\n', { mode: 0o644 });
  const bytes = execFileSync('tar', ['-czf', '-', folder], { cwd: work });
  rmSync(work, { recursive: true });
  return bytes;
}

const MUSL = 'x86_64-unknown-linux-musl' as Target;
let house: TestHouse;
let backend: Awaited<ReturnType<typeof startTestBackend>>;
let sample: PublishedFile;

const scriptOf = async (wanted: string): Promise<string> =>
  await (await backend.request(`/i/${wanted}`)).text();

/** A machine that is what the sample is built for, whatever runs the test. */
function usualMachine(glibc = 'glibc 2.99'): Machine {
  const machine = createMachine();
  machine.command('uname', 'case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac');
  machine.command('getconf', `case $1 in GNU_LIBC_VERSION) echo '${glibc}' ;; *) echo 64 ;; esac`);
  return machine;
}

function nothingLeft(machine: Machine): void {
  expect(readdirSync(machine.home)).toEqual([]);
  expect(readdirSync(machine.temporary)).toEqual([]);
}

beforeAll(async () => {
  house = await createTestHouse();
  backend = await startTestBackend(house);
  sample = await publishFile(backend.context, 'sample', archiveOf('sample', TEST_TARGET));
});
afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

describe.each(SHELLS)('the one line, in %s', (shell: Shell) => {
  it('installs, says what and where, and leaves nothing else', async (context) => {
    needTool(context, shell);
    using machine = usualMachine();
    const end = await machine.pipe(shell, await scriptOf('sample'), { args: ['--target', TEST_TARGET] });
    const bin = join(machine.home, '.local/bin');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain(`Installed sample 1.0.0 (${TEST_TARGET}) into ${bin}: sample sample-helper`);
    expect(end.stdout).toContain(sample.sha256);
    expect(end.stdout).toContain(`export PATH="${bin}:$PATH"`);
    expect(execFileSync(join(bin, 'sample'), { encoding: 'utf8' })).toBe('it runs\n');
    expect(readdirSync(bin)).toEqual(['sample', 'sample-helper']);
    expect(readdirSync(machine.home)).toEqual(['.local']);
    expect(readdirSync(machine.temporary)).toEqual([]);
  });

  it('installs a version by argument, into a root by argument', async (context) => {
    needTool(context, shell);
    using machine = usualMachine();
    const root = join(machine.home, 'a root');
    const args = ['--version=1.0.0', `--root=${root}`, '--target', TEST_TARGET];
    // As if another version were the newest: this one has to be asked for.
    const script = (await scriptOf('sample')).replace("version='1.0.0'", "version='2.0.0'");
    const end = await machine.pipe(shell, script, { args });
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, 'bin'))).toEqual(['sample', 'sample-helper']);
    const missing = await machine.pipe(shell, script, { args: ['--version', '9.9.9'] });
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'error: sample has no version 9.9.9. The newest is 1.0.0.\n',
    });
    const hostile = await machine.pipe(shell, script, { args: ['--version', '$(touch x)'] });
    expect(hostile.code).toBe(1);
    expect(readdirSync(machine.home)).toEqual(['a root']);
  });

  it('installs nothing of which the sha256 is another', async (context) => {
    needTool(context, shell);
    using machine = usualMachine();
    const wrong = sample.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    const script = (await scriptOf('sample')).replaceAll(sample.sha256, wrong);
    const end = await machine.pipe(shell, script, { args: ['--target', TEST_TARGET] });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('is not what was published');
    nothingLeft(machine);
  });

  it('says why when there is nothing to install', async (context) => {
    needTool(context, shell);
    const versionId = await seedVersion(house.db, 'waiting');
    await requestTask(house.db, { versionId, kind: 'binary', target: MUSL, origin: 'request', priority: 1 });
    using machine = usualMachine();
    machine.command('getconf', 'exit 1');
    machine.command('ldd', 'exit 1');
    const waiting = await machine.pipe(shell, await scriptOf('waiting'));
    expect(waiting.code).toBe(1);
    expect(waiting.stderr).toContain(`waiting 1.0.0 for ${MUSL}: its task is pending.`);
    expect(waiting.stderr).toContain('builds request waiting');
    for (const [wanted, sentence] of [
      ['sampel', 'No crate named "sampel" is known here.'],
      ['sample@7.0.0', 'sample has no version 7.0.0.'],
      ["a';touch$IFS'pwned", 'The address names no crate'],
    ] as const) {
      const end = await machine.pipe(shell, await scriptOf(encodeURIComponent(wanted)));
      expect(end.code).toBe(1);
      expect(end.stderr).toContain(sentence);
    }
    nothingLeft(machine);
  });

  it('leaves no trace where it may not write', async (context) => {
    needTool(context, shell);
    using machine = usualMachine();
    const root = join(machine.folder, 'kept');
    mkdirSync(join(root, 'bin'), { recursive: true });
    for (const path of [root, join(root, 'bin')]) chmodSync(path, 0o555);
    const user = process.getuid?.() === 0 ? { user: 65_534 } : {};
    for (const into of [root, join(root, 'deeper')]) {
      const end = await machine.pipe(shell, await scriptOf('sample'), {
        args: ['--target', TEST_TARGET, '--root', into],
        ...user,
      });
      expect(end.code).toBe(1);
      expect(end.stderr).toContain('cannot be written to');
    }
    expect(readdirSync(join(root, 'bin'))).toEqual([]);
    nothingLeft(machine);
    chmodSync(root, 0o755);
    chmodSync(join(root, 'bin'), 0o755);
  });

  it('does nothing when it was cut', { timeout: 300_000 }, async (context) => {
    needTool(context, shell);
    const script = await scriptOf('sample');
    using machine = usualMachine();
    machine.command('curl', `echo started >> ${join(machine.home, 'started')}; exit 1`);
    // Every 100th byte, and each of the last line.
    const cuts = Array.from({ length: Math.floor(script.length / 100) }, (_, index) => index * 100);
    for (let cut = script.length - 24; cut < script.length - 1; cut += 1) cuts.push(cut);
    for (const cut of cuts)
      await machine.pipe(shell, script.slice(0, cut), { args: ['--target', TEST_TARGET] });
    nothingLeft(machine);
    await machine.pipe(shell, script, { args: ['--target', TEST_TARGET] });
    expect(readdirSync(machine.home)).toEqual(['started']);
  });
});

describe('the one line', () => {
  it('takes ~/.cargo/bin when it is there and on the PATH', async (context) => {
    needTool(context, 'dash');
    using machine = usualMachine();
    const bin = join(machine.home, '.cargo/bin');
    mkdirSync(bin, { recursive: true });
    const args = ['--target', TEST_TARGET];
    const off = await machine.pipe('dash', await scriptOf('sample'), { args: [...args, '--dry-run'] });
    expect(off.stdout).toBe(
      `Would install sample 1.0.0 (${TEST_TARGET}) into ${join(machine.home, '.local/bin')}.\n`,
    );
    const env = { PATH: `${join(machine.folder, 'own')}:${process.env['PATH']}:${bin}` };
    const end = await machine.pipe('dash', await scriptOf('sample'), { args, env });
    expect(end.stdout).toContain(`into ${bin}: sample`);
    expect(end.stdout).not.toContain('not on your PATH');
  });

  it('takes musl where glibc is too old, and says so where there is no musl', async (context) => {
    needTool(context, 'dash');
    const newer = '#!/bin/sh\n# GLIBC_2.4 GLIBC_2.34\n';
    const file = await publishFile(backend.context, 'newer', archiveOf('newer', TEST_TARGET, newer));
    using machine = usualMachine('glibc 2.28');
    const script = await scriptOf('newer');
    const refused = await machine.pipe('dash', script);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${TEST_TARGET} needs glibc 2.34; this system has 2.28.`);
    nothingLeft(machine);
    // The same bytes stand for a musl build.
    const gnu = script.split('\n').find((line) => line.startsWith(`${TEST_TARGET} `)) as string;
    const both = script.replace(gnu, `${gnu}\n${MUSL} ${file.sha256} ${backend.url}${file.path}`);
    const end = await machine.pipe('dash', both);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain(`Installed newer 1.0.0 (${MUSL})`);
  });

  it('says so where nothing is built for the system', async (context) => {
    needTool(context, 'dash');
    using machine = usualMachine();
    for (const name of ['Plan9', 'MINGW64_NT-10.0']) {
      machine.command('uname', `[ "$1" = -m ] && echo x86_64 || echo ${name}`);
      const end = await machine.pipe('dash', await scriptOf('sample'));
      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(/nothing is built|irm http/);
    }
    nothingLeft(machine);
  });

  it('is clean to shellcheck', async (context) => {
    needTool(context, 'shellcheck');
    using machine = createMachine();
    const file = join(machine.folder, 'install.sh');
    for (const wanted of ['sample', 'sample@1.0.0', 'nothing']) {
      writeFileSync(file, await scriptOf(wanted));
      expect(execFileSync('shellcheck', ['--shell=sh', file], { encoding: 'utf8' })).toBe('');
    }
  });

  it('quotes what stands in it', async (context) => {
    needTool(context, 'dash');
    const hostile = "';touch pwned;'$(touch pwned)`touch pwned`";
    const release = { crate: hostile, version: hostile, note: hostile, waiting: [], archives: [] };
    using machine = usualMachine();
    const end = await machine.pipe('dash', posixScript(release as never, `http://h/${hostile}`));
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(hostile);
    nothingLeft(machine);
  });

  it('is plain text that may be kept for a minute', async () => {
    const response = await backend.request('/i/sample@1.0.0');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/x-shellscript; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=60');
    expect((await backend.request('/i/nothing')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('its PowerShell twin', () => {
  it('has every value in quotes, and refuses by throwing', async () => {
    const script = await scriptOf('sample.ps1');
    expect(script).toContain("$crate = 'sample'");
    expect(script.trimEnd().endsWith('. { Install-Program }')).toBe(true);
    expect(await scriptOf('nothing-like-it.ps1')).toMatch(/^throw 'No crate named "nothing-like-it"/);
  });
});
