import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOwnedFolder, removeLeftoverFolders } from './owned-folder.ts';

describe('removeLeftoverFolders', () => {
  let parent: string;
  const anHourAgo = new Date(Date.now() - 3_600_000);

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'buildsrs-owned-'));
  });
  afterEach(async () => {
    await rm(parent, { recursive: true, force: true });
  });

  /** Makes a folder in another process, which is then dead or alive. */
  async function folderOfAnotherProcess(name: string, stays: boolean): Promise<() => void> {
    const module = new URL('./owned-folder.ts', import.meta.url).href;
    const script = `const { createOwnedFolder } = await import(${JSON.stringify(module)});
      await createOwnedFolder(${JSON.stringify(parent)}, ${JSON.stringify(name)});
      process.stdout.write('made'); ${stays ? 'setInterval(() => {}, 1000);' : ''}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    if (!stays) await once(child, 'exit');
    return () => child.kill('SIGKILL');
  }

  it('removes what a dead process made, and nothing of a living one', async () => {
    await createOwnedFolder(parent, 'ours');
    await folderOfAnotherProcess('dead', false);
    const kill = await folderOfAnotherProcess('alive', true);
    try {
      const seen: string[] = [];
      const removed = await removeLeftoverFolders(parent, async (_, name) => void seen.push(name));
      expect(removed).toEqual(['dead']);
      expect(seen).toEqual(['dead']);
      expect((await readdir(parent)).toSorted()).toEqual(['alive', 'ours']);
    } finally {
      kill();
    }
  });

  it('leaves a folder that is being made, and removes one that was never finished', async () => {
    await mkdir(join(parent, 'being-made'));
    await mkdir(join(parent, 'never-finished'));
    await utimes(join(parent, 'never-finished'), anHourAgo, anHourAgo);
    expect(await removeLeftoverFolders(parent)).toEqual(['never-finished']);
  });

  it('removes a folder of another boot, one with a nonsense owner, and folders nobody may write', async () => {
    const boot = '00000000-0000-0000-0000-000000000000';
    await mkdir(join(parent, 'another-boot'));
    await writeFile(
      join(parent, 'another-boot/owner.json'),
      JSON.stringify({ pid: process.pid, startTime: null, boot }),
    );
    await mkdir(join(parent, 'nonsense/inner/locked'), { recursive: true });
    await writeFile(join(parent, 'nonsense/owner.json'), '[1');
    await writeFile(join(parent, 'nonsense/inner/locked/file'), '');
    await chmod(join(parent, 'nonsense/inner/locked'), 0o500);
    await chmod(join(parent, 'nonsense/inner'), 0o000);
    expect((await removeLeftoverFolders(parent)).toSorted()).toEqual(['another-boot', 'nonsense']);
    expect(await readdir(parent)).toEqual([]);
  });

  it('does not follow links out of what it removes', async () => {
    await mkdir(join(parent, 'outside'));
    await writeFile(join(parent, 'outside/kept'), '');
    await mkdir(join(parent, 'all/left'), { recursive: true });
    await symlink(join(parent, 'outside'), join(parent, 'all/left/link'));
    await utimes(join(parent, 'all/left'), anHourAgo, anHourAgo);
    expect(await removeLeftoverFolders(join(parent, 'all'))).toEqual(['left']);
    expect(await readdir(join(parent, 'outside'))).toEqual(['kept']);
  });

  it('has nothing to do where there is no folder yet', async () => {
    expect(await removeLeftoverFolders(join(parent, 'absent'))).toEqual([]);
  });
});
