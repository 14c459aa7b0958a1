import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectFileByPath } from './collect-file-by-path.ts';

describe('collectFileByPath', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-collect-'));
    await mkdir(join(dir, 'root/folder'), { recursive: true });
    await writeFile(join(dir, 'root/folder/program'), 'content', { mode: 0o755 });
    await writeFile(join(dir, 'outside'), 'outside');
    await symlink(join(dir, 'outside'), join(dir, 'root/link'));
    await symlink(dir, join(dir, 'root/linked-folder'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('copies a regular file', async () => {
    const copy = join(dir, 'copy');
    expect(await collectFileByPath(join(dir, 'root'), 'folder/program', copy, 7)).toEqual({
      size: 7,
      executable: true,
    });
    expect(await readFile(copy, 'utf8')).toBe('content');
  });

  it.each([
    ['link', 'irregular'],
    ['linked-folder/outside', 'irregular'],
    ['folder', 'irregular'],
    ['../outside', 'irregular'],
    ['absent', 'missing'],
    ['folder/program', 'too-large'],
  ])('refuses %s as %s', async (file, reason) => {
    await expect(collectFileByPath(join(dir, 'root'), file, join(dir, 'copy'), 6)).rejects.toMatchObject({
      name: 'BadOutputError',
      reason,
    });
  });
});
