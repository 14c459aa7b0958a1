import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeDocuments } from './documents.ts';

describe('takeDocuments', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-documents-'));
    await mkdir(join(dir, 'crate'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  const take = async () => takeDocuments(join(dir, 'crate'), join(dir, 'taken'));

  it('takes licences, notices and readme from the top, by the names people give them', async () => {
    const wanted = [
      'COPYING',
      'LICENCE.txt',
      'LICENSE-MIT',
      'NOTICE',
      'README.md',
      'UNLICENSE',
      'license',
      'readme',
    ];
    const others = ['Cargo.toml', 'CHANGELOG.md', 'licensed.rs', 'LICENSE/inner'];
    await mkdir(join(dir, 'crate/LICENSE'));
    for (const name of [...wanted, ...others]) await writeFile(join(dir, 'crate', name), `the ${name}`);
    const documents = await take();
    expect(documents.map(({ name }) => name)).toEqual(wanted);
    expect(await readFile(documents[0]?.path ?? '', 'utf8')).toBe('the COPYING');
  });

  it('takes no link, nothing huge, and not without end', async () => {
    await symlink('/etc/hostname', join(dir, 'crate/LICENSE-LINK'));
    await writeFile(join(dir, 'crate/README'), '');
    await truncate(join(dir, 'crate/README'), 64 * 1024 * 1024);
    for (let count = 0; count < 100; count += 1) await writeFile(join(dir, `crate/LICENSE-${count}`), '');
    const names = (await take()).map(({ name }) => name);
    expect(names).toHaveLength(32);
    expect(names).not.toContain('LICENSE-LINK');
    expect(names).not.toContain('README');
  });
});
