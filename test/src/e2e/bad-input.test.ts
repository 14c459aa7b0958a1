import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { lockFolder, openDatabase, startEmbedded } from '@buildsrs/database';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { skipUnless } from '../support/requirement.ts';
import { run, startFolder, type StartFolder } from '../support/start-command.ts';
import { CRATES_IO } from '@buildsrs/registry';

/*
 * What bad input gets: a sentence that says what happened and what to do, the right exit code, and no stack trace.
 */

// Each starts all of builds.rs; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const hasCargo = spawnSync('cargo', ['--version']).status === 0;
const STACK = /^\s+at .+:\d+/m;

let place: StartFolder;
beforeAll(async () => void (place = await startFolder()));
afterAll(async () => await place?.[Symbol.asyncDispose]());

describe('crates', () => {
  let result: Awaited<ReturnType<typeof run>>;
  const line = (crate: string) =>
    result.stdout
      .split('\n')
      .filter((text) => text !== '')
      .map(
        (text) =>
          JSON.parse(text) as {
            crate: string;
            version: string;
            status: string;
            failure: { kind: string; message: string } | null;
          },
      )
      .find((entry) => entry.crate === crate);

  beforeAll(async () => {
    if (!hasCargo) return;
    // One run for all: they do not hinder each other.
    result = await run(place, [
      'hello-buildsr',
      'hello-buildsrs@9.9.9',
      'hello-buildsrs@0.1.1',
      'library-buildsrs',
      'does-not-compile-buildsrs',
      'tampered-buildsrs',
      '--once',
      '--json',
    ]);
  });

  test('something failed: exit code 1, and no stack trace', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(result.code, result.stderr).toBe(1);
    expect(result.stderr).not.toMatch(STACK);
  });

  test('an unknown crate: the nearest names', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(result.stderr).toContain('There is no crate named hello-buildsr on');
    expect(result.stderr).toContain('Did you mean hello-buildsrs?');
  });

  test('a version that does not exist: the newest there is', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(result.stderr).toContain('hello-buildsrs has no version 9.9.9. The newest is 0.2.0.');
  });

  test('a yanked version: built when named exactly, and labelled', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(line('hello-buildsrs')).toMatchObject({ version: '0.1.1', status: 'built' });
    expect(result.stderr).toContain('hello-buildsrs 0.1.1 (yanked by its author)');
  });

  test('a crate that is only a library', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(line('library-buildsrs')).toMatchObject({ status: 'failed', failure: { kind: 'no-binaries' } });
    expect(result.stderr).toContain('it may be a library');
  });

  test('a crate that does not compile: the compiler says why', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(line('does-not-compile-buildsrs')).toMatchObject({
      status: 'failed',
      failure: { kind: 'compiler-error' },
    });
    expect(result.stderr).toContain('error[E0308]: mismatched types');
    expect(result.stderr).toContain('its author can mend it');
  });

  test('a .crate that was tampered with: nothing of it is run', (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    expect(line('tampered-buildsrs')).toMatchObject({
      status: 'failed',
      failure: { kind: 'checksum-mismatch' },
    });
    expect(result.stderr).toContain('nothing of it was run');
  });

  test('a target no builder offers: the targets there are', async (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    const other = await run(place, ['hello-buildsrs', '--once', '--target=sparc64-unknown-netbsd']);
    expect(other.code, other.stderr).toBe(1);
    expect(other.stdout).toContain('No builder offers the target sparc64-unknown-netbsd. There are: ');
  });

  test('no network: crates.io cannot be reached, so the sample crate is built', async (context) => {
    skipUnless(hasCargo, context, 'building needs a Rust toolchain');
    // A proxy that is not there stands for a network that is not.
    const environment = {
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      https_proxy: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    };
    const offline = await run(place, ['ripgrep', '--once'], { environment, cratesIo: true });
    expect(offline.code, offline.stderr).toBe(1);
    expect(offline.stdout).toContain(
      `${new URL(CRATES_IO.sparseIndex.slice('sparse+'.length)).host} cannot be reached`,
    );
    expect(offline.stdout).toContain(
      'The sample crate hello-buildsrs, which comes with builds.rs, is built instead.',
    );
    expect(offline.stdout).toContain(
      '✗ ripgrep  It is not known from before, and crates.io cannot be reached.',
    );
    expect(offline.stdout).toContain('✓ hello-buildsrs 0.2.0');
  });
});

describe('this machine', () => {
  const refused = async (args: readonly string[], environment = {}) => {
    const { code, stdout, stderr } = await run(place, args, { environment });
    expect(stderr).not.toMatch(STACK);
    return { code, stderr: stderr.trim(), stdout };
  };

  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await refused(['hello-buildsrs', '--once', `--port=${port}`])).toMatchObject({
      code: 3,
      stderr: `Port ${port} of 127.0.0.1 is in use by another program; stop that one, or give another with --port (0 takes a free one).`,
    });
    server.close();
  });

  test('a data folder in use', async () => {
    await using lock = await lockFolder(place.data);
    expect(lock).toBeDefined();
    expect(await refused(['hello-buildsrs', '--once'])).toMatchObject({
      code: 3,
      stderr: `The data folder ${place.data} is in use by process ${process.pid}; stop that one first, or give this one another folder.`,
    });
  });

  test('a data folder that is no folder', async () => {
    const file = join(place.folder, 'file');
    await writeFile(file, '');
    const { code, stderr } = await refused(['hello-buildsrs', '--once', `--data=${file}/data`]);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot be written (ENOTDIR)');
  });

  test('a data folder of a newer release', async () => {
    await using newer = await startFolder();
    const server = await startEmbedded({ dataDir: join(newer.data, 'postgres'), durable: false });
    const { db, close } = openDatabase({ url: server.url });
    await sql`create table kysely_migration (name text primary key, timestamp text not null)`.execute(db);
    await sql`insert into kysely_migration values ('9999-later', 'then')`.execute(db);
    await close();
    await server.stop();
    const { code, stderr } = await run(newer, ['hello-buildsrs', '--once']);
    expect({ code, stderr: stderr.trim() }).toEqual({
      code: 3,
      stderr:
        'The database was last used by a newer release (its schema has 9999-later); start that release, or give this one another database or data folder.',
    });
  });

  test('no toolchain', async () => {
    const bin = join(place.folder, 'bin');
    await mkdir(bin);
    await symlink(process.execPath, join(bin, 'node'));
    const { code, stderr } = await refused(['hello-buildsrs', '--once'], { PATH: bin });
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('There is no working Rust toolchain on this machine');
    expect(stderr).toContain('use --executor docker');
  });

  test('a database that is not there', async () => {
    const { code, stderr } = await refused([
      'hello-buildsrs',
      '--once',
      '--database=postgres://127.0.0.1:9/none',
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('check the URL given by --database');
  });

  test.each([
    [['--once'], '--once needs a crate to build'],
    [['hello buildsrs'], '"hello buildsrs": A crate name starts with a letter'],
    [['hello-buildsrs@1'], 'A version is exact, as in hello-buildsrs@1.2.3'],
    [['hello-buildsrs', '--nonsense'], '`pnpm start --help` lists every option.'],
    [['hello-buildsrs', '--executor=magic'], '--executor: An executor is one of docker, sandbox'],
    [['hello-buildsrs', '--target=../etc'], '--target: A target is a Rust target triple'],
    [['hello-buildsrs', '--registry=/nowhere'], 'neither a sparse index (sparse+https://…) nor a folder'],
  ])('wrong usage: %j', async (args, sentence) => {
    const { code, stderr } = await refused(args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
