import { chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lacks } from '../../testing/needs.ts';
import { prepareCargoHome } from './cargo-home.ts';

it('gives the cache to its user, with all that another executor put there, and nothing beyond it', async (context) => {
  if (process.getuid?.() !== 0) lacks(context, 'only root can give files away');
  const root = await mkdtemp(join(tmpdir(), 'buildsrs-cargo-'));
  try {
    const owner = { uid: 1_950_000_200, gid: 1_950_000_200 };
    const cargo = join(root, 'cargo');
    await writeFile(join(root, 'outside'), 'of root');
    await prepareCargoHome(cargo, owner);
    await mkdir(join(cargo, 'registry'));
    await symlink(join(root, 'outside'), join(cargo, 'registry', 'link'));
    await chown(join(cargo, 'registry'), owner.uid, owner.gid);
    await prepareCargoHome(cargo, owner);
    for (const path of [cargo, join(cargo, 'registry'), join(cargo, 'registry', 'link')])
      expect((await lstat(path)).uid, path).toBe(owner.uid);
    expect((await lstat(join(root, 'outside'))).uid).toBe(0);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
