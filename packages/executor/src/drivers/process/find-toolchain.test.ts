import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findToolchain } from './find-toolchain.ts';

describe('findToolchain', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-toolchain-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  async function program(path: string, script: string): Promise<void> {
    const file = join(dir, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  const find = async (path: string) => findToolchain({ PATH: `${join(dir, path)}:/usr/bin:/bin`, HOME: dir });

  it('finds the programs of the toolchain that the rustc in the PATH belongs to', async () => {
    await program('proxies/rustc', `echo "${dir}/toolchain"`);
    await program('toolchain/bin/rustc', ':');
    await program('toolchain/bin/cargo', ':');
    expect(await find('proxies')).toEqual({
      binDir: join(dir, 'toolchain/bin'),
      sysroot: join(dir, 'toolchain'),
    });
  });

  it('takes cargo from beside rustc where a sysroot has no programs, but never a rustup proxy', async () => {
    await program('plain/rustc', `echo "${dir}/empty"`);
    await program('plain/cargo', ':');
    expect(await find('plain')).toEqual({ binDir: join(dir, 'plain'), sysroot: join(dir, 'empty') });

    await program('proxies/rustup', `echo "${dir}/empty"`);
    for (const name of ['rustc', 'cargo']) await symlink('rustup', join(dir, 'proxies', name));
    const path = { PATH: join(dir, 'proxies'), HOME: dir };
    await expect(findToolchain(path)).rejects.toThrow('no cargo beside the compiler');
  });

  it.each([
    ['there is no rustc', undefined, 'no rustc in the PATH'],
    ['rustc does not start', 'echo "error: no default toolchain" >&2; exit 1', 'error: no default toolchain'],
  ])('says what to do when %s', async (_, script, said) => {
    await mkdir(join(dir, 'bin'));
    if (script !== undefined) await program('bin/rustc', script);
    const error = await findToolchain({ PATH: join(dir, 'bin') }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(SentenceError.is(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'toolchain-missing',
      exitCode: 3,
      message: expect.stringMatching(
        /^There is no working Rust toolchain .*rustup\.rs.*--executor docker\.$/,
      ),
    });
    expect((error as Error).message).toContain(said);
  });
});
