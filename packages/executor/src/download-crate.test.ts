import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@buildsrs/common';
import { DEFAULT_ARCHIVE_LIMITS } from '@buildsrs/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crateCacheDir, downloadCrate, pruneCrateCache } from './download-crate.ts';
import { JobFailedError } from './errors.ts';

const CONTENT = Buffer.from('the bytes of a crate');
const CHECKSUM = createHash('sha256').update(CONTENT).digest('hex');

describe('downloadCrate', () => {
  let dataDir: string;
  let server: Server;
  let answer: RequestListener;
  let requests: number;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'buildsrs-download-'));
    requests = 0;
    answer = (_, response) => void response.end(CONTENT);
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
    await rm(dataDir, { recursive: true, force: true });
  });

  const job = (): Job =>
    ({
      crate: 'sample',
      version: '1.0.0',
      checksum: CHECKSUM,
      registry: { crateUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sample.crate` },
    }) as Job;
  const download = async (signal = new AbortController().signal): Promise<string> =>
    downloadCrate(job(), { dataDir, userAgent: 'test', signal });
  const failureOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof JobFailedError ? error.failure.kind : String(error)),
    );

  it('downloads once, names the file by its checksum, and finds it again', async () => {
    const file = await download();
    expect(await readFile(file)).toEqual(CONTENT);
    expect(await download()).toBe(file);
    expect(requests).toBe(1);
    expect(await readdir(crateCacheDir(dataDir))).toEqual([`${CHECKSUM}.crate`]);
  });

  it('serves two builds that ask at once', async () => {
    const [left, right] = await Promise.all([download(), download()]);
    expect(left).toBe(right);
    expect(await readFile(left)).toEqual(CONTENT);
    expect(await readdir(crateCacheDir(dataDir))).toEqual([`${CHECKSUM}.crate`]);
  });

  it('does not trust a cached file that was damaged', async () => {
    const file = await download();
    await writeFile(file, 'other bytes');
    expect(await readFile(await download())).toEqual(CONTENT);
    expect(requests).toBe(2);
  });

  it('tries again when the server stumbles', async () => {
    answer = (_, response) => {
      if (requests === 1) response.writeHead(503).end();
      else if (requests === 2) response.destroy();
      else response.end(CONTENT);
    };
    expect(await readFile(await download())).toEqual(CONTENT);
    expect(requests).toBe(3);
  });

  it.each([
    ['a status that will not change', 404, 'fetch-error', 1],
    ['a status that may', 500, 'fetch-error', 4],
  ] as const)('gives up at %s', async (_, status, kind, attempts) => {
    answer = (_request, response) => void response.writeHead(status).end();
    expect(await failureOf(download())).toBe(kind);
    expect(requests).toBe(attempts);
  });

  it('refuses bytes that are not what the index promised, after asking once more', async () => {
    answer = (_, response) => void response.end('tampered');
    expect(await failureOf(download())).toBe('checksum-mismatch');
    expect(requests).toBe(2);
    expect(await readdir(crateCacheDir(dataDir))).toEqual([]);
  });

  it('stops reading what is larger than a crate may be', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    answer = (_, response) => {
      let left = DEFAULT_ARCHIVE_LIMITS.compressedBytes / chunk.length + 8;
      const more = (): void => {
        left -= 1;
        if (left > 0) response.write(chunk, () => more());
      };
      more();
    };
    expect(await failureOf(download())).toBe('bad-archive');
    expect(await readdir(crateCacheDir(dataDir))).toEqual([]);
  });

  it('ends at once when the build is not wanted any more, and leaves nothing half-written', async () => {
    const abort = new AbortController();
    answer = (_, response) => {
      response.write('the beginning');
      abort.abort();
    };
    expect(await failureOf(download(abort.signal))).toContain('AbortError');
    expect(await readdir(crateCacheDir(dataDir))).toEqual([]);
  });

  it('prunes what was not used for longest, and the parts a crash left', async () => {
    const dir = crateCacheDir(dataDir);
    const kept = await download();
    const at = (hoursAgo: number): Date => new Date(Date.now() - hoursAgo * 3_600_000);
    for (const [name, hoursAgo] of [
      ['old.crate', 9],
      ['older.crate', 10],
      ['left.part', 25],
      ['new.part', 1],
    ] as const) {
      await writeFile(join(dir, name), Buffer.alloc(10));
      await utimes(join(dir, name), at(hoursAgo), at(hoursAgo));
    }
    await pruneCrateCache(dataDir, CONTENT.length + 10);
    expect((await readdir(dir)).toSorted()).toEqual(
      [`${CHECKSUM}.crate`, 'new.part', 'old.crate'].toSorted(),
    );
    expect(await readFile(kept)).toEqual(CONTENT);
  });
});
