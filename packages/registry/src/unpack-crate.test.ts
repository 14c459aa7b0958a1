import { parseCrateName, parseVersion } from '@buildsrs/common';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_ARCHIVE_LIMITS } from './archive-limits.ts';
import { CrateArchiveError } from './crate-archive-error.ts';
import { HOSTILE_ARCHIVES, sampleCrate } from './testing/hostile-archives.ts';
import { paxRecord, rawCrate, rawTar } from './testing/raw-tar.ts';
import { unpackCrate } from './unpack-crate.ts';

const id = { name: parseCrateName('sample'), version: parseVersion('1.0.0') };
// Small enough for a quick test; the bomb meets its ratio first.
const limits = { ...DEFAULT_ARCHIVE_LIMITS, unpackedBytes: 128 * 1024 * 1024 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'buildsrs-unpack-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function everything(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).toSorted();
}

describe('hostile archives', () => {
  test('there are enough of them', () => {
    expect(HOSTILE_ARCHIVES.length).toBeGreaterThanOrEqual(80);
    expect(new Set(HOSTILE_ARCHIVES.map((archive) => archive.title)).size).toBe(HOSTILE_ARCHIVES.length);
  });

  test.each(HOSTILE_ARCHIVES)('$title: $reason', async ({ make, reason, title }) => {
    const around = await mkdtemp(join(root, 'around-'));
    const destination = join(around, 'a', 'b', 'c');
    await mkdir(destination, { recursive: true });
    const before = await everything(around);
    const archive = make();
    const unpackedBytes =
      title === 'more than a crate may unpack to' ? 4 * 1024 * 1024 : limits.unpackedBytes;
    const error: unknown = await unpackCrate(archive, destination, {
      ...id,
      limits: { ...limits, unpackedBytes },
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(CrateArchiveError.is(error) ? error.reason : error).toBe(reason);
    expect((error as Error).message).toMatch(/^The \.crate file is refused: [^\u0000-\u001f]+\.$/);
    expect(await everything(around)).toEqual(before);
  });
});

describe('an archive that is well', () => {
  test('is unpacked with plain modes, from a file, a buffer or a stream', async () => {
    const files = { path: 'sample-1.0.0/run.sh', content: '#!/bin/sh\n', mode: 0o6777 };
    const archive = rawCrate([
      { path: 'sample-1.0.0/', type: '5', mode: 0o1777 },
      { path: 'sample-1.0.0/Cargo.toml', content: 'text', mode: 0o000 },
      files,
      { path: 'sample-1.0.0/empty', type: '\0' },
      { path: 'sample-1.0.0/only-a-folder', type: '5' },
    ]);
    const file = join(root, 'well.crate');
    await writeFile(file, archive);
    const sources = [
      file,
      archive,
      (async function* () {
        for (const byte of archive) yield Buffer.of(byte);
      })(),
    ];
    for (const source of sources) {
      const destination = await mkdtemp(join(root, 'well-'));
      const unpacked = await unpackCrate(source, destination, id);
      expect(unpacked.directory).toBe(join(destination, 'sample-1.0.0'));
      expect(unpacked.files).toEqual([
        { path: 'Cargo.toml', size: 4, executable: false },
        { path: 'run.sh', size: 10, executable: true },
        { path: 'empty', size: 0, executable: false },
      ]);
      const mode = async (path: string): Promise<number> =>
        (await stat(join(unpacked.directory, path))).mode & 0o7777;
      expect(await mode('Cargo.toml')).toBe(0o644 & ~process.umask());
      expect(await mode('run.sh')).toBe(0o755 & ~process.umask());
      expect(await readFile(join(unpacked.directory, 'Cargo.toml'), 'utf8')).toBe('text');
      expect(await everything(unpacked.directory)).toEqual([
        'Cargo.toml',
        'empty',
        'only-a-folder',
        'run.sh',
      ]);
    }
  });

  test('may have long names of either kind, ustar prefixes, harmless pax records and padding', async () => {
    const long = `sample-1.0.0/${'folder/'.repeat(20)}file`;
    const archive = gzipSync(
      rawTar(
        [
          { path: '././@LongLink', type: 'L', content: `${long}\0` },
          { path: long.slice(0, 100), content: 'a' },
          {
            path: 'pax',
            type: 'x',
            content: Buffer.concat([
              paxRecord('path', 'sample-1.0.0/größe'),
              paxRecord('mtime', '1.5'),
              paxRecord('size', '1'),
            ]),
          },
          { path: 'short', content: 'b' },
          { path: 'deep/file', format: 'ustar', prefix: 'sample-1.0.0', content: 'c' },
        ],
        Buffer.alloc(10_240),
      ),
    );
    const { files } = await unpackCrate(archive, await mkdtemp(join(root, 'long-')), id);
    expect(files.map((file) => file.path)).toEqual([
      long.slice('sample-1.0.0/'.length),
      'größe',
      'deep/file',
    ]);
  });

  test('is never unpacked over something that is there', async () => {
    const destination = await mkdtemp(join(root, 'there-'));
    await mkdir(join(destination, 'elsewhere'));
    await symlink('elsewhere', join(destination, 'sample-1.0.0'));
    await expect(unpackCrate(sampleCrate(), destination, id)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await everything(join(destination, 'elsewhere'))).toEqual([]);
  });
});
