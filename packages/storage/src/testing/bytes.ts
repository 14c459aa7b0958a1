import { createCipheriv, createHash } from 'node:crypto';
import { type Digest, parseDigest } from '@buildsrs/common';
import type { ObjectStore, Staged } from '../object-store.ts';

/** Bytes that look random and are the same for the same seed. */
export function sampleBytes(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Their name. */
export function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(createHash('sha256').update(bytes).digest('hex'));
}

/** The bytes in chunks of this size. */
export async function* chunked(bytes: Uint8Array, chunkBytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** All bytes of a stream. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Puts and commits. */
export async function store(into: ObjectStore, bytes: Uint8Array): Promise<Staged> {
  const staged = await into.put(chunked(bytes), { maxBytes: bytes.byteLength });
  await into.commit(staged);
  return staged;
}
