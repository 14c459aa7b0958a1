import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'builder-main-'));
  await run('--data', 'ready', '--generate-key');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const status = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

test('--help names every option with its variable', async () => {
  const { status, stdout } = await run('--help');
  expect(status).toBe(0);
  for (const option of [
    '--backend',
    '--key',
    '--generate-key',
    '--data',
    '--executor',
    '--slots',
    '--target',
    '--scheduler-key',
  ]) {
    expect(stdout).toContain(option);
  }
  expect(stdout).toContain('BUILDSRS_DRAIN_TIMEOUT');
});

test('a key is made, and the line to enrol printed', async () => {
  const { status, stdout } = await run('--data', 'data', '--generate-key');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    key: 'data/key',
    publicKey: expect.stringMatching(/^ssh-ed25519 \S+ builds\.rs builder$/),
    fingerprint: expect.stringMatching(/^SHA256:/),
  });
  expect((await run('--data', 'data', '--generate-key')).stdout).toBe(stdout);
});

test.each([
  [['--nonsense'], '--help'],
  [['--min-free', 'half'], '--min-free: is a share such as 15% or a size such as 20G'],
  [['--slots', '0'], '--slots: is a whole number from 1 to 256'],
  [['--backend', 'ftp://x'], '--backend: is a ws://, wss://, http:// or https:// URL'],
  [['--target', 'no target'], '--target'],
  [['--data', 'empty'], 'There is no key file empty/key. Make one with --generate-key'],
  [['--data', 'ready', '--scheduler-key', 'none'], 'none cannot be read (ENOENT)'],
  [['--data', 'ready', '--executor', 'process'], '--allow-unsandboxed'],
])('%j gets a sentence and exit code 2', async (args, sentence) => {
  const { status, stdout, stderr } = await run(...args);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
