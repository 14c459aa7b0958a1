import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, type TestContext } from 'vitest';
import { lacks } from '../../testing/needs.ts';
import { firstMappedUid, openBuildUsers } from './build-users.ts';
import { processesOf } from './user-processes.ts';

/** Apart from the drivers' own, which may be in use by another test. */
const FIRST_UID = 1_950_000_000;

function needsRoot(context: TestContext): void {
  if (process.getuid?.() !== 0) lacks(context, 'only root has users to give to builds');
}

describe('where the users lie', () => {
  it('is far above all accounts where all are mapped', () => {
    expect(firstMappedUid('         0          0 4294967295\n', 64)).toBe(1_900_000_000);
  });

  it('is the top of a user namespace that maps fewer, below nobody', () => {
    const first = firstMappedUid('0 100000 65536\n', 64);
    expect(first + 64).toBeLessThanOrEqual(65_534);
    expect(first).toBeGreaterThan(60_000);
  });

  it('is nowhere in a user namespace with one user', () => {
    expect(() => firstMappedUid('0 1000 1\n', 64)).toThrow(/too few uids/);
  });
});

describe('the pool', () => {
  it('never gives a user out twice, and gives it again when it is free', async (context) => {
    needsRoot(context);
    const users = openBuildUsers({ firstUid: FIRST_UID, size: 3 });
    const elsewhere = openBuildUsers({ firstUid: FIRST_UID, size: 3 });
    const first = await users.acquire();
    const second = await elsewhere.acquire();
    expect([first.uid, second.uid]).toEqual([FIRST_UID + 1, FIRST_UID + 2]);
    await expect(users.acquire()).rejects.toThrow('All 2 build users are taken');
    await first[Symbol.asyncDispose]();
    const again = await elsewhere.acquire();
    expect(again.uid).toBe(FIRST_UID + 1);
    await again[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });

  it('kills what is left of a user before it gives it out, and when it takes it back', async (context) => {
    needsRoot(context);
    const users = openBuildUsers({ firstUid: FIRST_UID + 100, size: 2 });
    const uid = FIRST_UID + 101;
    const leave = async (): Promise<unknown> => {
      const child = spawn('sleep', ['600'], { uid, gid: uid, stdio: 'ignore', cwd: '/' });
      await once(child, 'spawn');
      return once(child, 'exit');
    };
    const before = leave();
    const user = await users.acquire();
    expect(await processesOf(uid)).toEqual([]);
    await before;
    const after = leave();
    await user[Symbol.asyncDispose]();
    expect(await processesOf(uid)).toEqual([]);
    await after;
  });

  it('of a builder that is not root is the builder itself', (context) => {
    if (process.getuid?.() === 0) return expect(openBuildUsers().separate).toBe(true);
    const users = openBuildUsers();
    expect(users.separate).toBe(false);
    expect(users.fetcher.uid).toBe(process.getuid?.() ?? 0);
    return context.annotate('run as a plain user');
  });
});
