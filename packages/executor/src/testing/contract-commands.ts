import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Contract } from './contract.ts';

const PRINTED_BYTES = 24 * 1024 ** 2;

/** How commands run: their end, output, environment, folders. */
export function commandContract({ clause, clauseIf, canary }: Contract): void {
  clause('tells how a command ended', async (bench) => {
    await using trial = await bench.workspace();
    expect((await trial.sh('exit 0')).end).toEqual({ reason: 'exited', exitCode: 0, signal: null });
    expect((await trial.sh('exit 7')).end).toEqual({ reason: 'exited', exitCode: 7, signal: null });
    expect((await trial.sh('kill -KILL $$')).end).toMatchObject({ reason: 'exited', signal: 'SIGKILL' });
  });

  clause('takes arguments and variables as they are', async (bench) => {
    await using trial = await bench.workspace();
    const odd = `a b\n'"$(id)\\;*ü\u{1f980}=%`;
    const argv = ['sh', '-c', 'printf "%s|" "$@" "$ODD"', 'sh', odd, '', '--'] as const;
    const { stdout } = await trial.command(argv, { env: { ODD: odd } });
    expect(stdout).toBe(`${odd}||--|${odd}|`);
  });

  clause('gives every byte of output once, in order, one chunk at a time', async (bench) => {
    await using trial = await bench.workspace();
    const hash = createHash('sha256');
    let size = 0;
    let taking = 0;
    let atOnce = 0;
    const script = `head -c ${PRINTED_BYTES} /dev/zero | tr '\\0' x; printf %s end; printf error >&2`;
    const { end } = await trial.sh(script, {
      onOutput: async (chunk, stream) => {
        taking += 1;
        atOnce = Math.max(atOnce, taking);
        if (stream === 'stdout') {
          hash.update(chunk);
          size += chunk.length;
        }
        await setImmediate();
        taking -= 1;
      },
    });
    const whole = createHash('sha256').update('x'.repeat(PRINTED_BYTES)).update('end').digest('hex');
    expect({ end: end.exitCode, size, atOnce }).toEqual({ end: 0, size: PRINTED_BYTES + 3, atOnce: 1 });
    expect(hash.digest('hex')).toBe(whole);
  });

  clause('keeps bytes that are no text', async (bench) => {
    await using trial = await bench.workspace();
    const chunks: Uint8Array[] = [];
    await trial.sh(String.raw`printf '\000\377\033[31m\n'`, { onOutput: (chunk) => void chunks.push(chunk) });
    expect(Buffer.concat(chunks).toString('hex')).toBe('00ff1b5b33316d0a');
  });

  clause('ends a command whose reader fails, and says why', async (bench) => {
    await using trial = await bench.workspace();
    const run = trial.sh('while :; do echo more; done', {
      onOutput: () => Promise.reject(new Error('the reader has gone')),
    });
    await expect(run).rejects.toThrow('the reader has gone');
    expect((await trial.sh('echo still here')).stdout).toBe('still here\n');
  });

  clause('gives commands no variable of the builder', async (bench) => {
    await using trial = await bench.workspace();
    const script = 'env; tr "\\0" "\\n" < /proc/self/environ; cat /proc/1/environ 2>/dev/null || :';
    const { stdout } = await trial.sh(script, { env: { GIVEN: 'given value' } });
    expect(stdout).toContain('GIVEN=given value');
    expect(stdout).toMatch(/^HOME=\/.+/m);
    expect(stdout).toMatch(/^PATH=\/.+/m);
    expect(stdout).not.toContain(canary);
  });

  clause(
    'begins with an empty folder, sees what the builder writes there, and may change it',
    async (bench) => {
      await using trial = await bench.workspace();
      const { hostBuildDir } = trial.workspace;
      expect(await readdir(hostBuildDir)).toEqual([]);
      await mkdir(join(hostBuildDir, 'crate'));
      await writeFile(join(hostBuildDir, 'crate', 'Cargo.toml'), 'before');
      const { end, stdout } = await trial.sh(
        'cat crate/Cargo.toml; printf after > crate/Cargo.toml; printf new > crate/Cargo.lock; mkdir target',
      );
      expect(end.exitCode).toBe(0);
      expect(stdout).toBe('before');
      if (bench.driver.capabilities.sharedFolder)
        expect(await readFile(join(hostBuildDir, 'crate', 'Cargo.toml'), 'utf8')).toBe('after');
      expect((await trial.sh('cat crate/Cargo.lock && ls')).stdout).toBe('newcrate\ntarget\n');
    },
  );

  clause('shares the download cache between builds, and between fetch and build', async (bench) => {
    const name = `kept-${Date.now()}`;
    await using first = await bench.workspace();
    const home = `'${first.workspace.paths.cargoHome}'`;
    const written = await first.sh(`echo cached > ${home}/${name} && echo lock > lock`, {
      network: true,
      cargoHome: 'writable',
    });
    expect(written.end.exitCode, written.stderr).toBe(0);
    // What fetch wrote into the build's folder is the build's to change.
    expect((await first.sh('echo more >> lock && cat lock')).stdout).toBe('lock\nmore\n');
    await using second = await bench.workspace();
    expect((await second.sh(`cat ${home}/${name}`)).stdout).toBe('cached\n');
    const again = await second.sh(`echo anew > ${home}/${name}`, { network: true, cargoHome: 'writable' });
    expect(again.end.exitCode, again.stderr).toBe(0);
  });

  clauseIf(
    ({ fixedPaths }) => fixedPaths,
    'shows the same paths in every build',
    async (bench) => {
      await using trial = await bench.workspace();
      expect(trial.workspace.paths).toEqual({ build: '/build', cargoHome: '/cargo' });
      expect((await trial.sh('pwd; echo $HOME')).stdout).toBe('/build\n/tmp\n');
    },
  );

  clause('builds a crate with a build script, offline, with its own cargo', async (bench) => {
    await using trial = await bench.workspace({ memoryBytes: 2 * 1024 ** 3 });
    const { workspace } = trial;
    const crate = join(workspace.hostBuildDir, 'crate');
    await mkdir(join(crate, 'src'), { recursive: true });
    await writeFile(
      join(crate, 'Cargo.toml'),
      '[package]\nname = "tiny"\nversion = "1.2.3"\nedition = "2021"\n',
    );
    await writeFile(
      join(crate, 'build.rs'),
      'fn main() { println!("cargo:rustc-env=BUILT=by its script"); }',
    );
    await writeFile(join(crate, 'src', 'main.rs'), 'fn main() { println!("{}", env!("BUILT")); }');
    const { build, cargoHome } = workspace.paths;
    const manifest = `${build}/crate/Cargo.toml`;
    const { end, stderr } = await trial.command(
      ['cargo', 'build', '--offline', '--manifest-path', manifest, '--target-dir', `${build}/target`],
      { env: { CARGO_HOME: cargoHome }, silenceMs: 240_000 },
    );
    expect(end.exitCode, stderr).toBe(0);
    expect((await trial.sh('target/debug/tiny')).stdout).toBe('by its script\n');
  });
}
