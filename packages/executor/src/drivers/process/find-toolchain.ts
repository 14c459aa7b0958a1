import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SentenceError } from '@buildsrs/common';

const run = promisify(execFile);

/** Where the real programs of a toolchain are. */
export interface HostToolchain {
  /** The folder that holds `cargo` and `rustc` themselves, first in the `PATH` of builds. */
  readonly binDir: string;
  readonly sysroot: string;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function missing(detail: string): SentenceError {
  return new SentenceError(
    'toolchain-missing',
    `There is no working Rust toolchain on this machine (${detail}). ` +
      'Install one from https://rustup.rs or your distribution (Debian: apt install cargo), or use --executor docker.',
    { exitCode: 3 },
  );
}

/** rustup's proxies stand in the `PATH` under the names of the programs; which toolchain they start depends on files of a crate. */
async function isProxy(path: string): Promise<boolean> {
  return basename(await realpath(path)).startsWith('rustup');
}

/**
 * Finds the toolchain of this machine: the sysroot `rustc` in the `PATH` names, and the `cargo` in it.
 *
 * @throws {SentenceError} `toolchain-missing`
 */
export async function findToolchain(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HostToolchain> {
  let sysroot: string;
  try {
    // In the root folder, where no `rustup` override and no toolchain file of a project applies.
    const { stdout } = await run('rustc', ['--print', 'sysroot'], {
      cwd: '/',
      env: { ...environment },
      encoding: 'utf8',
      timeout: 60_000,
    });
    sysroot = stdout.trim();
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const said = stderr?.trim().split('\n', 1)[0];
    throw missing(
      code === 'ENOENT' ? 'no rustc in the PATH' : `rustc does not start: ${said ?? String(code)}`,
    );
  }
  if ((await isProgram(join(sysroot, 'bin', 'cargo'))) && (await isProgram(join(sysroot, 'bin', 'rustc')))) {
    return { binDir: join(sysroot, 'bin'), sysroot };
  }
  for (const dir of (environment['PATH'] ?? '').split(delimiter)) {
    if (dir === '' || !(await isProgram(join(dir, 'cargo'))) || !(await isProgram(join(dir, 'rustc'))))
      continue;
    if (!(await isProxy(join(dir, 'cargo'))) && !(await isProxy(join(dir, 'rustc'))))
      return { binDir: dir, sysroot };
  }
  throw missing(`no cargo beside the compiler in ${sysroot}`);
}
