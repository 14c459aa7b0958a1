import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BadOutputError } from '../../errors.ts';
import { collectFile } from './collect-file.ts';

let root: string;
let build: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'buildsrs-collect-'));
  build = join(root, 'build');
  await mkdir(join(build, 'target', 'release'), { recursive: true });
});
afterAll(async () => rm(root, { recursive: true, force: true }));

it('copies, hashes and counts what it copied, open to nobody else', async () => {
  const bytes = Buffer.alloc(3 * 1024 * 1024 + 1, 'builds');
  await writeFile(join(build, 'target/release/tool'), bytes);
  await chmod(join(build, 'target/release/tool'), 0o755);
  const copy = join(root, 'copy');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(await collectFile(build, 'target/release/tool', copy, bytes.length)).toEqual({
    size: bytes.length,
    executable: true,
    sha256,
  });
  expect(
    createHash('sha256')
      .update(await readFile(copy))
      .digest('hex'),
  ).toBe(sha256);
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
});

it('leaves nothing behind when it refuses', async () => {
  await writeFile(join(build, 'large'), 'four');
  const copy = join(root, 'refused');
  await expect(collectFile(build, 'large', copy, 3)).rejects.toThrow(BadOutputError);
  await expect(stat(copy)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('follows no link, at whatever place in the path', async () => {
  await symlink(root, join(build, 'up'));
  await symlink('target', join(build, 'same'));
  await writeFile(join(root, 'secret'), 'of the host');
  for (const file of ['up/secret', 'same/release/tool', 'up', '../secret', './target/release/tool', 'a\0b'])
    await expect(collectFile(build, file, join(root, 'never'), 1e9), file).rejects.toMatchObject({
      name: 'BadOutputError',
      reason: 'irregular',
    });
});
