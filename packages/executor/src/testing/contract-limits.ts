import { statfs } from 'node:fs/promises';
import { expect } from 'vitest';
import type { CommandEnd } from '../driver.ts';
import type { Contract } from './contract.ts';
import { GENEROUS_MS } from './contract-harness.ts';

const MIB = 1024 ** 2;
const reasonOf = ({ end }: { end: CommandEnd }): CommandEnd['reason'] => end.reason;

/** What ends a command that does not end, or takes too much. Every attack has a bound of its own. */
export function limitContract({ clause, clauseIf }: Contract): void {
  clause('ends a command after its time, though it goes on printing', async (bench) => {
    await using trial = await bench.workspace();
    const run = await trial.sh('while :; do echo working; sleep 0.1; done', {
      timeoutMs: 2_000,
      silenceMs: GENEROUS_MS,
    });
    expect(reasonOf(run)).toBe('timeout');
  });

  clause('ends a command after its time, however fast it prints', async (bench) => {
    await using trial = await bench.workspace();
    const run = await trial.sh('exec yes', { timeoutMs: 2_000, onOutput: () => {} });
    expect(reasonOf(run)).toBe('timeout');
  });

  clause('ends a command that is silent for too long', async (bench) => {
    await using trial = await bench.workspace();
    const run = await trial.sh('echo begun; sleep 600', {
      silenceMs: 1_500 * (bench.subject.slowness ?? 1),
    });
    expect(reasonOf(run)).toBe('silence');
  });

  clause('ends a command that is cancelled, and does not begin one that was', async (bench) => {
    await using trial = await bench.workspace();
    const cancel = new AbortController();
    const run = await trial.sh('trap "" TERM INT HUP; echo up; while :; do sleep 1; done', {
      signal: cancel.signal,
      onOutput: () => cancel.abort(),
    });
    expect(reasonOf(run)).toBe('cancelled');
    const late = await trial.sh('echo ran > ran', { signal: cancel.signal });
    expect(reasonOf(late)).toBe('cancelled');
    expect((await trial.sh('ls')).stdout).toBe('');
  });

  clause('stops a fork bomb', async (bench) => {
    await using trial = await bench.workspaceWithProbe({ processes: 48 });
    const run = await trial.command(['./probe', 'fork', '400']);
    expect(reasonOf(run)).toBe('too-many-processes');
    expect((await trial.sh('echo still here')).stdout).toBe('still here\n');
  });

  clause('stops a command that takes too much memory', async (bench) => {
    await using trial = await bench.workspaceWithProbe({ memoryBytes: 96 * MIB });
    const run = await trial.command(['./probe', 'allocate', '400']);
    expect(reasonOf(run)).toBe('out-of-memory');
    // A kernel's limit comes before, a look now and then may come after.
    if (bench.driver.capabilities.enforces.has('memory')) expect(run.stdout).toBe('');
  });

  clause('says so when a part of a command took too much memory', async (bench) => {
    await using trial = await bench.workspaceWithProbe({ memoryBytes: 96 * MIB });
    const run = await trial.sh('./probe allocate 400; exit 9');
    expect(reasonOf(run)).toBe('out-of-memory');
  });

  clause('stops a command that fills the disk', async (bench) => {
    await using trial = await bench.workspace({ diskBytes: 48 * MIB });
    const run = await trial.sh('dd if=/dev/zero of=big bs=1M count=300 && sleep 600');
    expect(reasonOf(run)).toBe('disk-full');
  });

  clauseIf(
    ({ enforces }) => enforces.has('disk'),
    'never lets a build write more than its disk holds, in bytes or in files',
    async (bench) => {
      await using trial = await bench.workspace({ diskBytes: 48 * MIB });
      const { blocks, bsize } = await statfs(trial.workspace.hostBuildDir);
      expect(blocks * bsize).toBeLessThanOrEqual(48 * MIB);
      const files = await trial.sh('i=0; while : > "f$i"; do i=$((i + 1)); done; exit 1');
      expect(reasonOf(files)).toBe('disk-full');
      // A look that still finds it full may end the first try, in the middle of its removals.
      const again = async () => (await trial.sh('rm -f f* && echo anew > file && cat file')).stdout;
      await expect.poll(again, { timeout: 60_000 }).toBe('anew\n');
    },
  );

  clauseIf(
    ({ isolation }) => isolation !== 'none',
    'gives a temporary folder that is bounded, and new for every command',
    async (bench) => {
      await using trial = await bench.workspace({ memoryBytes: 128 * MIB });
      const filled = await trial.sh(
        'dd if=/dev/zero of=/tmp/big bs=1M count=100 2>/dev/null; ls -s /tmp/big; exit 1',
      );
      expect(filled.end.exitCode).toBe(1);
      expect((await trial.sh('ls -A /tmp')).stdout).toBe('');
    },
  );
}
