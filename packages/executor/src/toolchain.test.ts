import type { CommandEnd, ExecutorDriver, StageCommand } from './driver.ts';
import { describe, expect, it } from 'vitest';
import { readExecutorFacts, readToolchain } from './toolchain.ts';

const RUSTC = `rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
commit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860
commit-date: 2026-04-14
host: x86_64-unknown-linux-gnu
release: 1.95.0
LLVM version: 22.1.2
`;

/** A driver whose programs print what they are told to; `asked` counts its workspaces. */
function driverThatSays(answers: Readonly<Record<string, string | undefined>>, imageDigest?: string) {
  const asked = { workspaces: 0 };
  const run = async (command: StageCommand): Promise<CommandEnd> => {
    const answer = answers[command.argv[0]];
    if (answer !== undefined) await command.onOutput(Buffer.from(answer), 'stdout');
    return { reason: 'exited', exitCode: answer === undefined ? 1 : 0, signal: null };
  };
  const driver = {
    imageDigest,
    open: async () => {
      asked.workspaces += 1;
      return { paths: { build: '/build', cargoHome: '/cargo' }, run, [Symbol.asyncDispose]: async () => {} };
    },
  } as unknown as ExecutorDriver;
  return { driver, asked };
}

describe('readToolchain', () => {
  it('reads what rustc and cargo say, once per driver', async () => {
    const { driver, asked } = driverThatSays({
      rustc: RUSTC,
      cargo: 'cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n',
    });
    const facts = {
      rustc: '1.95.0',
      commit: '59807616e1fa2540724bfbac14d7976d7e4a3860',
      host: 'x86_64-unknown-linux-gnu',
      llvm: '22.1.2',
      cargo: '1.95.0',
    };
    expect(await Promise.all([readToolchain(driver), readToolchain(driver)])).toEqual([facts, facts]);
    expect(asked.workspaces).toBe(1);
  });

  it('takes a distribution’s rustc, which names no commit', async () => {
    const { driver } = driverThatSays({
      rustc: 'rustc 1.97.1\nhost: aarch64-unknown-linux-gnu\nrelease: 1.97.1\n',
      cargo: 'cargo 1.97.1',
    });
    expect(await readToolchain(driver)).toMatchObject({
      commit: 'unknown',
      llvm: 'unknown',
      cargo: '1.97.1',
    });
  });

  it('says that there is no working toolchain, and asks again next time', async () => {
    const { driver, asked } = driverThatSays({ rustc: RUSTC });
    const failing = { code: 'toolchain-missing', exitCode: 3 };
    await expect(readToolchain(driver)).rejects.toMatchObject(failing);
    await expect(readToolchain(driver)).rejects.toMatchObject(failing);
    expect(asked.workspaces).toBe(2);
  });

  it('lists the packages of an image, and none of a host', async () => {
    const answers = { rustc: RUSTC, cargo: 'cargo 1.95.0', 'dpkg-query': 'gcc\t4:15.2\tamd64\nnonsense\n' };
    expect((await readExecutorFacts(driverThatSays(answers).driver)).packages).toBeUndefined();
    expect((await readExecutorFacts(driverThatSays(answers, 'sha256:x').driver)).packages).toEqual([
      { name: 'gcc', version: '4:15.2', architecture: 'amd64' },
    ]);
  });
});
