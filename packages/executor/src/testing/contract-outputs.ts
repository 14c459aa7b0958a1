import { readFile, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Contract } from './contract.ts';

const MAX_BYTES = 64 * 1024;

/** What is taken out of a build: regular files, as they are once nothing can change them any more. */
export function outputContract({ clause }: Contract): void {
  clause('takes out a regular file as it is', async (bench) => {
    await using trial = await bench.workspace();
    await trial.sh(
      'mkdir -p target/release && printf program > target/release/tool && chmod 755 target/release/tool; : > empty',
    );
    const taken = bench.hostPath('taken');
    const result = await trial.workspace.collect('target/release/tool', taken, MAX_BYTES);
    expect(result).toMatchObject({ size: 7, executable: true });
    expect(await readFile(taken, 'utf8')).toBe('program');
    expect(await trial.workspace.collect('empty', bench.hostPath('taken-empty'), 0)).toMatchObject({
      size: 0,
      executable: false,
    });
    // What it is copied to is never overwritten.
    await expect(trial.workspace.collect('empty', taken, MAX_BYTES)).rejects.toThrow(/EEXIST/);
  });

  clause('takes out nothing but regular files, and follows no link', async (bench) => {
    await using trial = await bench.workspace();
    const secret = bench.hostPath('outside');
    await writeFile(secret, 'of the host');
    const made = await trial.command([
      'sh',
      '-c',
      'ln -s "$1" link; ln -s "$(dirname "$1")" folder; ln -s /etc etc; mkdir -p real; echo own > real/own; ' +
        'ln -s real inner; ln -s real/own direct; mkfifo fifo; truncate -s 1T sparse; ln -s nowhere dangling; ' +
        'head -c 70000 /dev/zero > large',
      'sh',
      secret,
    ]);
    expect(made.end.exitCode, made.stderr).toBe(0);
    const refused: readonly (readonly [string, string])[] = [
      ['link', 'irregular'],
      ['folder/outside', 'irregular'],
      ['etc/passwd', 'irregular'],
      ['inner/own', 'irregular'],
      ['direct', 'irregular'],
      ['dangling', 'irregular'],
      // gVisor keeps a fifo to itself.
      ['fifo', bench.driver.capabilities.isolation === 'gvisor' ? 'missing' : 'irregular'],
      ['real', 'irregular'],
      ['real/own/deeper', 'irregular'],
      ['sparse', 'too-large'],
      ['large', 'too-large'],
      ['nothing', 'missing'],
      ['real/nothing', 'missing'],
    ];
    for (const [file, reason] of refused) {
      const destination = bench.hostPath('never');
      const taking = trial.workspace.collect(file, destination, MAX_BYTES);
      await expect(taking, file).rejects.toMatchObject({ name: 'BadOutputError', reason });
      expect(existsSync(destination), file).toBe(false);
    }
    for (const file of ['../outside', 'real/../../outside', secret, '', '.', 'real/'])
      await expect(trial.workspace.collect(file, bench.hostPath('never'), MAX_BYTES), file).rejects.toThrow();
  });

  clause('takes out what was there when all was dead', async (bench) => {
    await using trial = await bench.workspace();
    // A process that outlives its command, holding the output open for writing.
    const script =
      '(setsid sh -c "exec >> out; echo up > up; while :; do echo late; sleep 0.05; done" &) ; while ! [ -e up ]; do sleep 0.05; done';
    expect((await trial.sh(script)).end.exitCode).toBe(0);
    const first = await trial.workspace.collect('out', bench.hostPath('out-1'), MAX_BYTES);
    // Another command has time to run, and still nothing has changed.
    expect((await trial.sh('stat -c %s out')).stdout).toBe(`${first.size}\n`);
    if (bench.driver.capabilities.sharedFolder)
      expect((await stat(join(trial.workspace.hostBuildDir, 'out'))).size).toBe(first.size);
  });
}
