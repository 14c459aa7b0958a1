import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '@buildsrs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleTask, startFakeInstance, type FakeInstance } from '../testing/fake-instance.ts';
import { createDesk, type Desk } from '../testing/run-builds.ts';
import { archiveOf, GNU, MUSL, sampleArchive, sampleProgram } from '../testing/sample-archive.ts';

let desk: Desk;
let instance: FakeInstance;
beforeEach(async () => {
  desk = createDesk();
  instance = await startFakeInstance({ [GNU]: await sampleArchive(GNU) });
});
afterEach(async () => {
  await instance[Symbol.asyncDispose]();
  desk[Symbol.dispose]();
});

const install = (...args: string[]) => desk.run(['install', '--server', instance.url, ...args]);

function nothingLeft(): void {
  expect(readdirSync(desk.home)).toEqual([]);
  expect(readdirSync(desk.temporary)).toEqual([]);
}

async function replaceInstance(
  archives: Readonly<Record<string, Buffer>>,
  tasks: readonly Task[] = [],
): Promise<void> {
  await instance[Symbol.asyncDispose]();
  instance = await startFakeInstance(archives, { tasks });
}

describe('builds install', () => {
  it('installs the programs in three requests, and says what and where', async () => {
    const end = await install('sample');
    const bin = join(desk.home, '.local/bin');
    expect(end.code).toBe(0);
    expect(end.stdout).toContain(`Installed sample 1.2.0 (${GNU}) into ${bin}: sample sample-helper\n`);
    expect(end.stderr).toContain(`export PATH="${bin}:$PATH"`);
    expect(execFileSync(join(bin, 'sample'), { encoding: 'utf8' })).toBe('it runs\n');
    expect(readdirSync(bin)).toEqual(['sample', 'sample-helper']);
    expect(readdirSync(desk.temporary)).toEqual([]);
    expect(instance.requests).toEqual([
      'GET /api/v1/crates/sample',
      'GET /api/v1/crates/sample/1.2.0',
      `GET ${instance.pathOf(GNU)}`,
    ]);
  });

  it('installs over what is there, into a root, and answers in JSON', async () => {
    const root = join(desk.home, 'tools');
    await install('sample@1.2.0', '--root', root);
    const end = await install('sample@1.2.0', '--root', 'tools', '--json');
    expect(JSON.parse(end.stdout)).toMatchObject({
      crate: 'sample',
      version: '1.2.0',
      target: GNU,
      binDir: join(root, 'bin'),
      programs: ['sample', 'sample-helper'],
      installed: true,
    });
    expect(readdirSync(join(root, 'bin'))).toEqual(['sample', 'sample-helper']);
    expect(instance.requests).toHaveLength(4);
  });

  it("takes cargo's folder where it is there and on the PATH", async () => {
    const bin = join(desk.home, '.cargo/bin');
    mkdirSync(bin, { recursive: true });
    const args = ['install', '--dry-run', 'sample', '--server', instance.url];
    expect((await desk.run(args)).stdout).toContain('.local/bin');
    const end = await desk.run(args, { environment: { PATH: `/bin:${bin}` } });
    expect(end.stdout).toBe(`Would install sample 1.2.0 (${GNU}) into ${bin}.\n`);
    expect(readdirSync(bin)).toEqual([]);
  });

  it('takes musl where glibc is too old or not there, and says so where there is none', async () => {
    const newer = sampleProgram('2.37');
    await replaceInstance({ [GNU]: await sampleArchive(GNU, newer) });
    await expect(install('sample')).rejects.toMatchObject({ code: 'not-built', exitCode: 1 });
    nothingLeft();
    await replaceInstance({ [GNU]: await sampleArchive(GNU, newer), [MUSL]: await sampleArchive(MUSL) });
    const end = await install('sample');
    expect(end.stderr).toContain(`${GNU} needs glibc 2.37; this system has 2.36.`);
    expect(end.stdout).toContain(`(${MUSL})`);
    const args = ['install', '--server', instance.url, 'sample', '--dry-run'];
    expect((await desk.run(args, { host: { glibc: undefined } })).stdout).toContain(`(${MUSL})`);
    // A target chosen by hand is taken at its word.
    expect((await install('sample', '--target', GNU)).stdout).toContain(`(${GNU})`);
  });

  it('says what is in the queue, and what to do meanwhile', async () => {
    await replaceInstance({}, [sampleTask()]);
    await expect(install('sample')).rejects.toMatchObject({
      code: 'not-built',
      message: expect.stringMatching(
        /task 7 is pending\.\n`builds request sample@1\.2\.0 --target x86_64-unknown-linux-musl`.*`cargo install sample`/s,
      ) as string,
    });
    nothingLeft();
  });

  it('refuses systems nothing is built for, and what is no crate', async () => {
    const args = ['install', '--server', instance.url];
    await expect(desk.run([...args, 'sample'], { host: { platform: 'aix' } })).rejects.toMatchObject({
      code: 'unsupported-system',
      exitCode: 3,
    });
    await expect(install('../etc')).rejects.toMatchObject({ exitCode: 2 });
    await expect(install()).rejects.toMatchObject({ exitCode: 2 });
    await expect(install('nothing')).rejects.toMatchObject({ name: 'ProblemError' });
    await expect(desk.run(['install', 'sample'])).rejects.toMatchObject({
      message: expect.stringContaining('--server') as string,
    });
    nothingLeft();
  });
});

describe('nothing is installed when', () => {
  it('a byte is another, or one too many or too few', async () => {
    const right = await sampleArchive(GNU);
    const flipped = Buffer.from(right);
    flipped[right.length >> 1] = (flipped[right.length >> 1] as number) ^ 1;
    for (const bytes of [flipped, Buffer.concat([right, Buffer.from('x')]), right.subarray(0, -1)]) {
      instance.answer(instance.pathOf(GNU), (_request, response) => void response.end(bytes));
      await expect(install('sample')).rejects.toMatchObject({ code: 'wrong-sha256' });
      nothingLeft();
    }
  });

  it('the server stalls, breaks off, or has an error', async () => {
    const path = instance.pathOf(GNU);
    instance.answer(path, (_request, response) => void response.write('half'));
    await expect(install('sample', '--idle-timeout', '5s')).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('nothing came for 5 s') as string,
    });
    instance.answer(path, (_request, response) => void response.write('half', () => response.destroy()));
    await expect(install('sample')).rejects.toMatchObject({ code: 'download-failed' });
    instance.answer(path, (_request, response) => void response.writeHead(503).end());
    await expect(install('sample')).rejects.toMatchObject({
      message: expect.stringContaining('503') as string,
    });
    instance.answer('/api/v1/crates/sample', () => {});
    await expect(install('sample', '--idle-timeout', '1s')).rejects.toMatchObject({ code: 'unreachable' });
    nothingLeft();
  });

  it('it is stopped half-way', async () => {
    const stop = new AbortController();
    instance.answer(instance.pathOf(GNU), (_request, response) => {
      response.write('half', () => stop.abort());
    });
    await expect(
      desk.run(['install', '--server', instance.url, 'sample'], { signal: stop.signal }),
    ).rejects.toThrow();
    nothingLeft();
  });

  it('the archive is not as builders make them', async () => {
    const folder = `sample-1.2.0-${GNU}`;
    const file = (name: string, more: object = {}) => ({
      header: { name, size: 3, mode: 0o755, type: 'file' as const, ...more },
      body: 'abc',
    });
    const cases = {
      'no program': [file(`${folder}/README`, { mode: 0o644 })],
      'a link': [
        {
          header: {
            name: `${folder}/sample`,
            size: 0,
            mode: 0o777,
            type: 'symlink' as const,
            linkname: '/bin/sh',
          },
        },
      ],
      'a path upwards': [file(`${folder}/../sample`)],
      'a deep path': [file(`${folder}/deep/sample`)],
      'no folder': [file('sample')],
      'another folder': [file('other/sample')],
      'a hidden name': [file(`${folder}/.sample`)],
      'two of a name': [file(`${folder}/sample`), file(`${folder}/SAMPLE`)],
    };
    for (const [name, entries] of Object.entries(cases)) {
      await replaceInstance({ [GNU]: await archiveOf(entries) });
      await expect(install('sample'), name).rejects.toMatchObject({ code: 'bad-archive' });
    }
    for (const bytes of ['no gzip', '']) {
      await replaceInstance({ [GNU]: Buffer.from(bytes) });
      await expect(install('sample')).rejects.toMatchObject({ code: 'bad-archive' });
    }
    nothingLeft();
  });

  it('its place cannot be written', async () => {
    const file = join(desk.folder, 'a-file');
    writeFileSync(file, '');
    await expect(install('sample', '--root', file)).rejects.toMatchObject({ code: 'cannot-write' });
    const root = join(desk.folder, 'root');
    mkdirSync(join(root, 'bin/sample-helper'), { recursive: true });
    await expect(install('sample', '--root', root)).rejects.toMatchObject({
      message: expect.stringContaining('is a folder') as string,
    });
    expect(readdirSync(join(root, 'bin'))).toEqual(['sample-helper']);
    nothingLeft();
  });

  it('the disk is full', async (context) => {
    if (process.getuid?.() !== 0 && process.env['BUILDSRS_TEST_REQUIRE_ALL'] !== '1') {
      context.skip('a disk that is full needs root to be made');
    }
    const small = join(desk.folder, 'small');
    mkdirSync(small);
    await replaceInstance({ [GNU]: await sampleArchive(GNU, sampleProgram('2.17', 400_000)) });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
    try {
      await expect(install('sample', '--root', small)).rejects.toMatchObject({
        code: 'cannot-write',
        message: expect.stringContaining('disk is full') as string,
      });
      expect(readdirSync(small)).toEqual([]);
      const args = ['install', '--server', instance.url, 'sample'];
      await expect(desk.run(args, { environment: { TMPDIR: small } })).rejects.toMatchObject({
        code: 'cannot-write',
      });
      expect(readdirSync(small)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
    nothingLeft();
  });
});

describe('builds fetch', () => {
  it('leaves the archive, and only when it is the right one', async () => {
    const end = await desk.run(['fetch', 'sample', '--server', instance.url]);
    const name = `sample-1.2.0-${GNU}.tar.gz`;
    expect(end.stdout).toMatch(new RegExp(`^[0-9a-f]{64}  ${join(desk.home, name)}\n$`));
    expect(readdirSync(desk.home)).toEqual([name]);
    expect(execFileSync('sha256sum', ['-c', '-'], { input: end.stdout, encoding: 'utf8' })).toContain('OK');
    instance.answer(instance.pathOf(GNU), (_request, response) => void response.end('other'));
    const output = join(desk.folder, 'tmp');
    await expect(
      desk.run(['fetch', 'sample', '--server', instance.url, '--output', output]),
    ).rejects.toMatchObject({ code: 'wrong-sha256' });
    expect(readdirSync(output)).toEqual([]);
    await expect(
      desk.run(['fetch', 'sample', '--server', instance.url, '--output', 'missing']),
    ).rejects.toMatchObject({ code: 'cannot-write' });
  });
});
