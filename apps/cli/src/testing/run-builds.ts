import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Host } from '../install/host.ts';
import { runCli } from '../run-cli.ts';

/** How a call ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody's machine, to run `builds` on. */
export interface Desk extends Disposable {
  readonly folder: string;
  readonly home: string;
  readonly temporary: string;
  run(
    args: readonly string[],
    options?: { environment?: Record<string, string>; host?: Partial<Host>; signal?: AbortSignal },
  ): Promise<Ended>;
}

function collected(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Makes a machine with a home and a temporary folder of its own. */
export function createDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'buildsrs-desk-'));
  const [home, temporary] = [join(folder, 'home'), join(folder, 'tmp')];
  mkdirSync(home);
  mkdirSync(temporary);
  return {
    folder,
    home,
    temporary,
    async run(args, { environment = {}, host = {}, signal } = {}) {
      const [out, err] = [collected(), collected()];
      const code = await runCli(args, {
        environment: { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: temporary, ...environment },
        cwd: home,
        stdout: out.stream,
        stderr: err.stream,
        signal: signal ?? new AbortController().signal,
        host: { platform: 'linux', arch: 'x64', glibc: '2.36', ...host },
      });
      return { code, stdout: out.text(), stderr: err.text() };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
