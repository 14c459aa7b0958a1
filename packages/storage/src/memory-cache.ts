import { createHash } from 'node:crypto';
import { type Digest, ProblemError } from '@buildsrs/common';
import { LRUCache } from 'lru-cache';
import type { ObjectBody, ObjectStore } from './object-store.ts';
import { resolveRange } from './resolve-range.ts';

/** How much memory the layer may take, and for what. */
export interface MemoryCacheOptions {
  readonly maxBytes: number;
  /** Larger objects pass by; so that a few do not drive out the many. Default: 1 MiB, at most `maxBytes`. */
  readonly maxObjectBytes?: number;
  /** How long an object may still be answered after another process deleted it. Default: 60 s. */
  readonly maxAgeMs?: number;
}

const MIB = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Keeps small hot objects in memory. What it serves can not be stale: the name of an object is the digest of its bytes,
 * and bytes come in only after they were hashed.
 */
export function withMemoryCache(store: ObjectStore, options: MemoryCacheOptions): ObjectStore {
  const maxObjectBytes = Math.min(options.maxObjectBytes ?? MIB, options.maxBytes);
  const cache = new LRUCache<Digest, Uint8Array<ArrayBuffer>>({
    maxSize: Math.max(options.maxBytes, 1),
    sizeCalculation: (bytes) => Math.max(bytes.byteLength, 1),
    ttl: options.maxAgeMs ?? 60_000,
  });
  /** Reads on their way into the cache: many who ask at once read once. A deletion takes them off. */
  const loading = new Map<Digest, Promise<Uint8Array<ArrayBuffer> | undefined>>();

  async function load(digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const body = await store.get(digest);
    if (body === undefined) return undefined;
    const bytes = new Uint8Array(await new Response(body.stream).arrayBuffer());
    if (createHash('sha256').update(bytes).digest('hex') !== digest)
      throw new ProblemError('unavailable', 'A stored object is damaged; it is not served.');
    return bytes;
  }

  async function shared(digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const running = loading.get(digest);
    if (running !== undefined) return await running;
    const work = load(digest);
    loading.set(digest, work);
    try {
      const bytes = await work;
      if (bytes !== undefined && loading.get(digest) === work) cache.set(digest, bytes);
      return bytes;
    } finally {
      if (loading.get(digest) === work) loading.delete(digest);
    }
  }

  function forget(digest: Digest): void {
    cache.delete(digest);
    loading.delete(digest);
  }

  return {
    ...store,
    async get(digest, { range } = {}) {
      let bytes = cache.get(digest);
      if (bytes === undefined) {
        const head = await store.head(digest);
        if (head === undefined) return undefined;
        if (head.size > maxObjectBytes) return await store.get(digest, { range });
        bytes = await shared(digest);
      }
      return bytes === undefined ? undefined : bodyOf(bytes, range);
    },
    async delete(digest) {
      forget(digest);
      try {
        return await store.delete(digest);
      } finally {
        forget(digest);
      }
    },
    async close() {
      cache.clear();
      await store.close();
    },
  };
}

function bodyOf(bytes: Uint8Array<ArrayBuffer>, range?: { start: number; end?: number }): ObjectBody {
  const part = range === undefined ? undefined : resolveRange(range, bytes.byteLength);
  const { start, end } = part ?? { start: 0, end: bytes.byteLength - 1 };
  let at = start;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at > end) return controller.close();
        // A copy, as who reads a stream may do with its chunks what he likes.
        const chunk = bytes.slice(at, Math.min(at + CHUNK_BYTES, end + 1));
        at += chunk.byteLength;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, size: bytes.byteLength, range: part };
}
