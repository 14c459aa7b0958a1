import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** The shells scripts for everybody must work in. */
export const SHELLS = ['dash', 'bash', 'busybox'] as const;
export type Shell = (typeof SHELLS)[number];

const HAS = new Map(
  [...SHELLS, 'shellcheck'].map((tool) => {
    try {
      execFileSync('which', [tool], { stdio: 'ignore' });
      return [tool, true];
    } catch {
      return [tool, false];
    }
  }),
);

/** Skips a test where a tool is missing; where every test must run, it fails by itself. */
export function needTool(context: TestContext, tool: string): void {
  if (HAS.get(tool) !== true && process.env['BUILDSRS_TEST_REQUIRE_ALL'] !== '1') {
    context.skip(`there is no ${tool} on this machine`);
  }
}

/** How a script ended. */
export interface ScriptEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody's machine: a home, a temporary folder, and commands that stand before the system's own. */
export interface Machine extends Disposable {
  readonly folder: string;
  readonly home: string;
  readonly temporary: string;
  /** Puts a command before the system's; busybox prefers those it has itself. */
  command(name: string, script: string): void;
  /** Pipes a script into a shell, as people do. */
  pipe(
    shell: Shell,
    script: string,
    options?: { args?: readonly string[]; user?: number; env?: Record<string, string> },
  ): Promise<ScriptEnd>;
}

/** Makes a machine. With `busybox`, its commands are all there is. */
export function createMachine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'buildsrs-machine-'));
  const [home, temporary, own, applets] = ['home', 'tmp', 'own', 'applets'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    return path;
  }) as [string, string, string, string];
  chmodSync(folder, 0o755);
  for (const path of [home, temporary]) chmodSync(path, 0o777);
  return {
    folder,
    home,
    temporary,
    command(name, script) {
      writeFileSync(join(own, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    pipe(shell, script, { args = [], user, env = {} } = {}) {
      const path = [own, applets, ...(shell === 'busybox' ? [] : [process.env['PATH'] ?? ''])].join(':');
      if (shell === 'busybox' && !existsSync(join(applets, 'sh'))) {
        const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
        cpSync(busybox, join(applets, 'busybox'));
        // Debian's own is linked so that its wget crashes where it looks up names.
        symlinkSync(execFileSync('which', ['curl'], { encoding: 'utf8' }).trim(), join(applets, 'curl'));
        for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
          if (applet !== 'busybox') symlinkSync('busybox', join(applets, applet));
        }
      }
      const command = shell === 'busybox' ? join(applets, 'sh') : shell;
      return new Promise((resolve) => {
        const child = execFile(
          command,
          ['-s', '--', ...args],
          {
            cwd: home,
            env: { HOME: home, TMPDIR: temporary, PATH: path, ...env },
            ...(user === undefined ? {} : { uid: user, gid: user }),
          },
          (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code ?? 255), stdout, stderr }),
        );
        // A script that ends early does not read the rest of itself.
        child.stdin?.on('error', () => {});
        child.stdin?.end(script);
      });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
