import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { unpackTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeArchive } from './write-archive.ts';

const run = promisify(execFile);
const MTIME = 1_153_704_088;

describe('writeArchive', () => {
  let dir: string;
  const program = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251));
  const longName = `sample/${'long-name-'.repeat(20)}/é.txt`;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-archive-'));
    await writeFile(join(dir, 'program'), program);
    await writeFile(join(dir, 'licence'), 'All rights given.\n');
    await writeFile(join(dir, 'empty'), '');
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  const entries = () => [
    { path: 'sample/program', file: join(dir, 'program'), executable: true },
    { path: 'sample/LICENSE', file: join(dir, 'licence'), executable: false },
    { path: longName, file: join(dir, 'empty'), executable: false },
  ];
  const write = async (name: string, format: '.tar.gz' | '.zip') =>
    writeArchive({ format, entries: entries(), destination: join(dir, name), mtime: MTIME });
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it('says truly what it wrote, members sorted', async () => {
    const written = await write('a.tar.gz', '.tar.gz');
    const bytes = await readFile(join(dir, 'a.tar.gz'));
    expect(written.sha256).toBe(sha256(bytes));
    expect(written.size).toBe(bytes.length);
    expect(written.members).toEqual([
      {
        path: 'sample/LICENSE',
        sha256: sha256(Buffer.from('All rights given.\n')),
        size: 18,
        executable: false,
      },
      { path: longName, sha256: sha256(Buffer.alloc(0)), size: 0, executable: false },
      { path: 'sample/program', sha256: sha256(program), size: program.length, executable: true },
    ]);
  });

  it('writes a tar that others read: names, modes, times, owners', async () => {
    await write('a.tar.gz', '.tar.gz');
    const read = await unpackTar(gunzipSync(await readFile(join(dir, 'a.tar.gz'))));
    expect(
      read.map(({ header }) => [header.name, header.mode, header.mtime?.getTime(), header.uid, header.gid]),
    ).toEqual([
      ['sample/LICENSE', 0o644, MTIME * 1_000, 0, 0],
      [longName, 0o644, MTIME * 1_000, 0, 0],
      ['sample/program', 0o755, MTIME * 1_000, 0, 0],
    ]);
    expect(Buffer.from(read[2]?.data ?? [])).toEqual(program);
  });

  it('unpacks with the tar of this system', async () => {
    await write('a.tar.gz', '.tar.gz');
    await mkdir(join(dir, 'out'));
    await run('tar', ['-xzf', join(dir, 'a.tar.gz'), '-C', join(dir, 'out')]);
    expect(await readFile(join(dir, 'out/sample/program'))).toEqual(program);
    expect(await readFile(join(dir, 'out', longName), 'utf8')).toBe('');
  });

  it('has a gzip header without name and time', async () => {
    await write('a.tar.gz', '.tar.gz');
    const header = (await readFile(join(dir, 'a.tar.gz'))).subarray(0, 9);
    expect([...header]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0]);
  });

  it('writes a zip that others read', async () => {
    await write('a.zip', '.zip');
    const bytes = await readFile(join(dir, 'a.zip'));
    const read = unzipSync(bytes);
    expect(Object.keys(read).toSorted()).toEqual(
      entries()
        .map(({ path }) => path)
        .toSorted(),
    );
    expect(Buffer.from(read['sample/program'] ?? [])).toEqual(program);
    // Version made by: Unix; its mode in the upper half of the attributes of the program's central directory entry.
    const at = bytes.lastIndexOf('sample/program') - 46;
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50);
    expect(bytes[at + 5]).toBe(3);
    expect(bytes.readUInt32LE(at + 38) >>> 16).toBe(0o100755);
  });

  it.each(['.tar.gz', '.zip'] as const)(
    'gives the same %s in another order, on another clock, in another time zone',
    async (format) => {
      const here = await write(`here${format}`, format);
      const script = `const { writeArchive } = await import(${JSON.stringify(new URL('./write-archive.ts', import.meta.url).href)});
      const options = JSON.parse(process.argv[1]);
      process.stdout.write((await writeArchive(options)).sha256);`;
      const options = {
        format,
        entries: entries().toReversed(),
        destination: join(dir, `there${format}`),
        mtime: MTIME,
      };
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '-e', script, JSON.stringify(options)],
        {
          env: { TZ: 'Pacific/Chatham' },
        },
      );
      expect(stdout).toBe(here.sha256);
    },
  );

  it('does not write over a file that is there', async () => {
    await write('a.tar.gz', '.tar.gz');
    await expect(write('a.tar.gz', '.tar.gz')).rejects.toThrow('EEXIST');
  });
});
