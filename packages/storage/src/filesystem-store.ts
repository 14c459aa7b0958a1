import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, ProblemError } from '@buildsrs/common';
import { asProblem, errorCode, whenMissing } from './filesystem-errors.ts';
import { measure } from './measure.ts';
import {
  digestOfKey,
  notStaged,
  OBJECTS,
  objectKey,
  objectShard,
  STAGING,
  stagingName,
} from './object-key.ts';
import type { ByteSource, ObjectHead, ObjectPage, ObjectStore, PutOptions, Staged } from './object-store.ts';
import { resolveRange } from './resolve-range.ts';

const READ_CHUNK_BYTES = 256 * 1024;

/**
 * Objects as read-only files in a folder: `objects/ab/cdef…`, with `staging/` beside it on the same file system, so that
 * a rename makes an object visible. File and folder are synced, so that what was committed outlives a power cut.
 */
export async function openFilesystemStore(root: string): Promise<ObjectStore> {
  const objects = join(root, OBJECTS);
  const staging = join(root, STAGING);
  /** Bytes of this process that are still coming in: not to be swept, however slowly they come. */
  const coming = new Set<string>();
  await mkdir(objects, { recursive: true });
  await mkdir(staging, { recursive: true });

  const pathOf = (digest: Digest): string => join(root, objectKey(digest));
  const stagedPath = (name: string): string => join(staging, stagingName(name));

  async function head(digest: Digest): Promise<ObjectHead | undefined> {
    const found = await whenMissing(stat(pathOf(digest)), undefined);
    return found?.isFile() === true ? { sha256: digest, size: found.size, storedAt: found.mtime } : undefined;
  }

  async function put(source: ByteSource, options: PutOptions): Promise<Staged> {
    const name = randomUUID();
    const path = stagedPath(name);
    const measured = measure(source, options);
    coming.add(name);
    try {
      await writeSynced(path, measured.bytes);
      await syncFolder(staging);
      return { staging: name, ...measured.result() };
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      coming.delete(name);
    }
  }

  async function commit({ staging: name, sha256, size }: Staged): Promise<void> {
    const path = stagedPath(name);
    const { shard } = objectShard(sha256);
    const folder = join(objects, shard);
    // An object of the right size is the same object; one of another size was damaged, and is replaced.
    if ((await head(sha256))?.size === size) return await discard({ staging: name });
    const staged = await whenMissing(stat(path), undefined);
    if (staged === undefined) {
      // Someone else may have committed it between the two looks.
      if ((await head(sha256))?.size === size) return;
      throw notStaged();
    }
    if (staged.size !== size)
      throw new ProblemError('unavailable', 'The staged bytes were damaged; they must be uploaded again.');
    try {
      if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(objects);
      await rename(path, pathOf(sha256));
    } catch (error) {
      const lostRace = errorCode(error) === 'ENOENT' && (await head(sha256))?.size === size;
      if (!lostRace) throw asProblem(error);
    }
    await syncFolder(folder);
  }

  async function discard({ staging: name }: Pick<Staged, 'staging'>): Promise<void> {
    await whenMissing(unlink(stagedPath(name)), undefined);
  }

  return {
    capabilities: { presign: false, paths: true },
    put,
    commit,
    discard,
    head,
    pathOf,
    async get(digest, { range } = {}) {
      const handle = await whenMissing(open(pathOf(digest), constants.O_RDONLY), undefined);
      if (handle === undefined) return undefined;
      try {
        const { size } = await handle.stat();
        const part = range === undefined ? undefined : resolveRange(range, size);
        return { stream: streamOf(handle, part, size), size, range: part };
      } catch (error) {
        await handle.close();
        throw asProblem(error);
      }
    },
    async delete(digest) {
      const path = pathOf(digest);
      const removed = await whenMissing(
        unlink(path).then(() => true),
        false,
      );
      if (removed) await syncFolder(join(objects, objectShard(digest).shard));
      return removed;
    },
    async list({ after, limit }) {
      return await listObjects(objects, head, after, limit);
    },
    async sweepStaging({ olderThanMs }) {
      const horizon = Date.now() - olderThanMs;
      let removed = 0;
      for (const name of await readdir(staging).catch(rethrow)) {
        if (coming.has(name)) continue;
        const path = join(staging, name);
        const found = await whenMissing(stat(path), undefined);
        if (found === undefined || !found.isFile() || found.mtimeMs > horizon) continue;
        if (
          await whenMissing(
            unlink(path).then(() => true),
            false,
          )
        )
          removed += 1;
      }
      return { removed };
    },
    async close() {},
  };
}

function rethrow(error: unknown): never {
  throw asProblem(error);
}

/** Errors of the source pass as they are; those of the file system become problems. */
async function writeSynced(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o600).catch(rethrow);
  try {
    for await (const chunk of bytes) await writeWhole(handle, chunk).catch(rethrow);
    await handle.chmod(0o444).catch(rethrow);
    await handle.sync().catch(rethrow);
  } finally {
    await handle.close().catch(rethrow);
  }
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, done);
    done += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(rethrow);
  try {
    await handle.sync().catch(rethrow);
  } finally {
    await handle.close();
  }
}

/** Not a generator: one that never started would not run its `finally`, and the file would stay open. */
function streamOf(
  handle: FileHandle,
  part: { start: number; end: number } | undefined,
  size: number,
): ReadableStream<Uint8Array> {
  let { start: at, end } = part ?? { start: 0, end: size - 1 };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (at > end) {
          await handle.close();
          controller.close();
          return;
        }
        try {
          const buffer = Buffer.allocUnsafeSlow(Math.min(READ_CHUNK_BYTES, end - at + 1));
          const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, at);
          if (bytesRead === 0) throw new ProblemError('unavailable', 'A stored object was cut short.');
          at += bytesRead;
          controller.enqueue(buffer.subarray(0, bytesRead));
        } catch (error) {
          await handle.close();
          throw asProblem(error);
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}

async function listObjects(
  objects: string,
  head: (digest: Digest) => Promise<ObjectHead | undefined>,
  after: Digest | undefined,
  limit: number,
): Promise<ObjectPage> {
  const items: ObjectHead[] = [];
  for (const shard of (await readdir(objects).catch(rethrow)).toSorted()) {
    if (after !== undefined && shard < after.slice(0, 2)) continue;
    for (const name of (
      await whenMissing<string[], string[]>(readdir(join(objects, shard)), [])
    ).toSorted()) {
      const digest = digestOfKey(`${OBJECTS}/${shard}/${name}`);
      if (digest === undefined || (after !== undefined && digest <= after)) continue;
      if (items.length === limit) return { items, next: items.at(-1)?.sha256 };
      const found = await head(digest);
      if (found !== undefined) items.push(found);
    }
  }
  return { items, next: undefined };
}
