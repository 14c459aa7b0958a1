import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type Job } from '@buildsrs/common';
import { DEFAULT_ARCHIVE_LIMITS } from '@buildsrs/registry';
import { JobFailedError } from './errors.ts';

const ATTEMPTS = 4;
/** A server that sends nothing for this long is given up for this attempt. */
const STALL_MS = 60_000;
/** Half-written files older than this are of a builder that is gone. */
const STALE_PART_MS = 24 * 3_600_000;

/** Where `.crate` files are kept, by their checksum. */
export function crateCacheDir(dataDir: string): string {
  return join(dataDir, 'crates');
}

async function sha256Of(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

class HttpError extends Error {
  readonly retry: boolean;

  constructor(status: number) {
    super(`it answered with status ${status}`);
    this.retry = status === 408 || status === 429 || status >= 500;
  }
}

function tooLarge(): JobFailedError {
  return new JobFailedError(
    failure('bad-archive', `The .crate file has more than ${DEFAULT_ARCHIVE_LIMITS.compressedBytes} bytes.`),
  );
}

/** One attempt: streams to `path` and gives the sha256 of what came. */
async function download(url: string, path: string, userAgent: string, signal: AbortSignal): Promise<string> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  try {
    const response = await fetch(url, {
      headers: { 'user-agent': userAgent, accept: '*/*' },
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new HttpError(response.status);
    }
    const hash = createHash('sha256');
    let size = 0;
    const check = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), STALL_MS);
        size += chunk.length;
        if (size > DEFAULT_ARCHIVE_LIMITS.compressedBytes) throw tooLarge();
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(
      Readable.fromWeb(response.body),
      check,
      createWriteStream(path, { flags: 'w', mode: 0o600 }),
    );
    return hash.digest('hex');
  } finally {
    clearTimeout(timer);
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}

function wrongChecksum(job: Job, got: string): JobFailedError {
  return new JobFailedError(
    failure(
      'checksum-mismatch',
      `The .crate of ${job.crate} ${job.version} has the sha256 ${got}; the index promised ${job.checksum}.`,
    ),
  );
}

async function downloadWithRetry(
  job: Job,
  path: string,
  userAgent: string,
  signal: AbortSignal,
): Promise<void> {
  const host = new URL(job.registry.crateUrl).host;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const got = await download(job.registry.crateUrl, path, userAgent, signal);
      if (got === job.checksum) return;
      // Once more: bytes damaged on their way are rarer than tampered ones, but a retry tells them apart.
      if (attempt > 1) throw wrongChecksum(job, got);
    } catch (error) {
      if (error instanceof JobFailedError || signal.aborted) throw error;
      if (attempt >= ATTEMPTS || (error instanceof HttpError && !error.retry)) {
        throw new JobFailedError(
          failure('fetch-error', `The .crate could not be downloaded from ${host}: ${causeOf(error)}.`),
          { cause: error },
        );
      }
    }
    await sleep(250 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal });
  }
}

/**
 * The `.crate` of a job as a file whose sha256 is the job's checksum, from the cache or from the registry. Several
 * builders may share the cache: a file appears in it whole, by rename, under the name of what it holds, so that no
 * lock is needed and the last of two that come at once only does work twice.
 *
 * @throws {JobFailedError} `fetch-error`, `checksum-mismatch`, `bad-archive`
 */
export async function downloadCrate(
  job: Job,
  options: { readonly dataDir: string; readonly userAgent: string; readonly signal: AbortSignal },
): Promise<string> {
  const dir = crateCacheDir(options.dataDir);
  const file = join(dir, `${job.checksum}.crate`);
  if ((await sha256Of(file)) === job.checksum) {
    // Marks it as used, for pruning.
    await utimes(file, new Date(), new Date());
    return file;
  }
  await mkdir(dir, { recursive: true });
  const part = join(dir, `${randomUUID()}.part`);
  try {
    await downloadWithRetry(job, part, options.userAgent, options.signal);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  return file;
}

/** Removes the files that were not used for longest until the cache is within its size, and parts left by a crash. */
export async function pruneCrateCache(dataDir: string, maxBytes: number): Promise<void> {
  const dir = crateCacheDir(dataDir);
  const files: { path: string; size: number; usedAt: number }[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    const path = join(dir, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    if (!name.endsWith('.part')) files.push({ path, size: stats.size, usedAt: stats.mtimeMs });
    else if (Date.now() - stats.mtimeMs > STALE_PART_MS) await rm(path, { force: true });
  }
  let total = files.reduce((sum, file) => sum + file.size, 0);
  for (const file of files.toSorted((left, right) => left.usedAt - right.usedAt)) {
    if (total <= maxBytes) break;
    await rm(file.path, { force: true });
    total -= file.size;
  }
}
