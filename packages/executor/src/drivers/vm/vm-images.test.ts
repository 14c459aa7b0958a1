import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kitCommand, readVmImages } from './vm-images.ts';

const manifest = { digest: `sha256:${'a'.repeat(64)}`, toolchain: 'sha256:b', kernel: '7.2', qemu: '11.1' };
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'buildsrs-images-'));
});
afterAll(async () => rm(dir, { recursive: true }));

async function folderWith(name: string, text?: string): Promise<string> {
  const folder = join(dir, name);
  await mkdir(folder);
  if (text !== undefined) await writeFile(join(folder, 'manifest.json'), text);
  return folder;
}

it('reads what was made, and keeps to it when the link moves on', async () => {
  const folder = await folderWith('key', JSON.stringify(manifest));
  const link = join(dir, 'current');
  await symlink('key', link);
  const images = await readVmImages(link);
  expect(images).toEqual({ ...manifest, folder });
  expect(images && kitCommand(images, 'mkfs.erofs')).toEqual([
    `${folder}/lib/ld-linux-x86-64.so.2`,
    '--library-path',
    `${folder}/lib`,
    `${folder}/mkfs.erofs`,
  ]);
});

it('is nothing where it was not made to its end, or is of another kind', async () => {
  expect(await readVmImages(join(dir, 'nowhere'))).toBeUndefined();
  expect(await readVmImages(await folderWith('empty'))).toBeUndefined();
  expect(await readVmImages(await folderWith('half', '{"digest":'))).toBeUndefined();
  expect(await readVmImages(await folderWith('other', '{"digest":"x"}'))).toBeUndefined();
  expect(await readVmImages(await folderWith('a,b', JSON.stringify(manifest)))).toBeUndefined();
});
