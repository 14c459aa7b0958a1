import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { listArtifactsOfBuild } from '@buildsrs/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { publishFile } from './testing/publish.ts';
import { createMemoryBackend, createTestHouse, type TestHouse } from './testing/test-backend.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

interface Program {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

let house: TestHouse;

beforeAll(async () => {
  house = await createTestHouse();
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

function run(flags: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, ended };
}

const usual = (): string[] => ['--database', house.database, '--storage', house.storage, '--port', '0'];

async function ready({ child }: Program): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    return (JSON.parse(line) as { ready: true; url: string }).url;
  }
  throw new Error('it ended before it was ready');
}

describe('the program', () => {
  it('says when it is ready, serves, and writes what it counted when it is told to stop', async () => {
    const program = run(usual());
    const url = await ready(program);
    await eventually(
      async () => (await fetch(`${url}/readyz`)).status,
      (status) => status === 200,
    );
    await using seeding = await createMemoryBackend(house);
    const file = await publishFile(seeding.context, 'counted', Buffer.from('bytes'));
    for (let times = 0; times < 3; times += 1) await (await fetch(url + file.path)).bytes();
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stdout).toBe(`${JSON.stringify({ ready: true, url })}\n`);
    for (const line of stderr.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect((await listArtifactsOfBuild(house.db, file.build))[0]?.downloads).toBe(3);
  });

  it('lists its settings', async () => {
    const { code, stdout } = await run(['--help']).ended;
    expect(code).toBe(0);
    for (const flag of ['--database URL', '--storage URL|FOLDER', '--port PORT', 'BUILDSRS_PUBLIC_URL']) {
      expect(stdout).toContain(flag);
    }
  });

  it('says in one sentence what is wrong with its settings', async () => {
    const { code, stderr } = await run(['--port', '99999', '--storage', 'x']).ended;
    expect(code).toBe(2);
    expect(stderr).toBe('--database: is needed\n--port: is a whole number from 0 to 65535\n');
  });

  it('says that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr, stdout } = await run([...usual(), '--port', String(port), '--log-level', 'silent'])
      .ended;
    taken.close();
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `127.0.0.1:${port} is in use by another program. Stop it, or choose another port with --port (0 takes a free one).\n`,
    );
  });

  it.each([
    [
      'cannot be reached',
      (url: URL) => (url.port = '1'),
      /^The database at [^ ]+:1\/\w+ cannot be reached\. .+\n$/,
    ],
    [
      'does not exist',
      (url: URL) => (url.pathname = '/absent'),
      /^The database at [^ ]+\/absent has no database .+\n$/,
    ],
  ])('says that its database %s, without its password', async (_, change, sentence) => {
    const url = new URL(house.database);
    change(url);
    const flags = ['--storage', house.storage, '--port', '0', '--log-level', 'silent'];
    const { code, stdout, stderr } = await run(flags, { BUILDSRS_DATABASE: url.href }).ended;
    expect(stderr).toMatch(sentence);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    if (url.password !== '') expect(stderr).not.toContain(url.password);
  });

  it('says that its storage cannot be used', async () => {
    const flags = ['--database', house.database, '--storage', '/dev/null/no', '--log-level', 'silent'];
    const { code, stderr } = await run(flags).ended;
    expect(stderr).toMatch(/^The storage folder \/dev\/null\/no cannot be used .+\n$/);
    expect(code).toBe(3);
  });
});
