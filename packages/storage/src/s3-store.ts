import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListObjectsV2CommandInput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Digest, ProblemError } from '@buildsrs/common';
import { contentDisposition } from './content-disposition.ts';
import { measure, type Measured } from './measure.ts';
import { digestOfKey, notStaged, OBJECTS, objectKey, STAGING, stagingName } from './object-key.ts';
import type { ByteSource, ObjectHead, ObjectStore, PutOptions, Staged } from './object-store.ts';
import { resolveRange } from './resolve-range.ts';
import { asS3Problem, isUploadGone, whenAbsent } from './s3-errors.ts';
import { openS3Object } from './s3-read.ts';

/** A bucket, or a part of one. */
export interface S3Place {
  readonly client: S3Client;
  /** Signs URLs for people outside, who may reach the storage by another name than we do. */
  readonly publicClient: S3Client;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

const MIB = 1024 * 1024;
/** Above this an upload goes in parts of this size, each tried again by itself (S3 wants at least 5 MiB). */
const PART_BYTES = 8 * MIB;
/** S3 copies at most this in one call (S3 API reference, CopyObject). */
const MAX_COPY_BYTES = 5 * 1024 * MIB;
/** How often to look for what was acknowledged and is not seen yet: 100 ms, doubling, about 13 s together. */
const LOOKS = 8;

/**
 * Objects in S3. S3 knows no rename: bytes are put to `staging/…`, read back and hashed, then copied by the server to
 * their name. Each call is tried again by its client (see `s3-retries.ts`).
 */
export function s3Store(place: S3Place): ObjectStore {
  const { client, publicClient, bucket, prefix } = place;
  /** Uploads of this process that still run: not to be swept, however slowly they come. */
  const coming = new Set<string>();
  const keyOf = (digest: Digest): string => prefix + objectKey(digest);
  const stagedKey = (name: string): string => `${prefix}${STAGING}/${stagingName(name)}`;
  const remove = (key: string) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));

  async function* pagesOf(query: Omit<ListObjectsV2CommandInput, 'Bucket'>) {
    try {
      yield* paginateListObjectsV2({ client }, { Bucket: bucket, ...query });
    } catch (error) {
      throw asS3Problem(error);
    }
  }

  async function headKey(key: string): Promise<{ size: number; storedAt: Date } | undefined> {
    const found = await whenAbsent(
      client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
      undefined,
    );
    return found && { size: found.ContentLength ?? 0, storedAt: found.LastModified ?? new Date(0) };
  }

  async function head(digest: Digest): Promise<ObjectHead | undefined> {
    const found = await headKey(keyOf(digest));
    return found && { sha256: digest, ...found };
  }

  /** Not every S3 shows at once what it acknowledged. */
  async function settledSize(key: string): Promise<number | undefined> {
    for (let look = 0; look < LOOKS; look += 1) {
      const found = await headKey(key);
      if (found !== undefined) return found.size;
      await sleep(100 * 2 ** look);
    }
    return undefined;
  }

  async function upload(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const body = Readable.from(bytes, { objectMode: false });
    try {
      await new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: body },
        partSize: PART_BYTES,
        queueSize: 2,
      }).done();
    } catch (error) {
      // The answer to the completion got lost and the repeated call finds no upload: reading back tells the truth.
      if (!isUploadGone(error)) throw asS3Problem(error);
    } finally {
      body.destroy();
    }
  }

  async function readBack(key: string, { sha256, size }: Measured): Promise<void> {
    const stored = await settledSize(key);
    if (stored === size) {
      const hash = createHash('sha256');
      const body = await openS3Object({ client, bucket, key });
      if (body !== undefined) for await (const chunk of body.stream) hash.update(chunk);
      if (hash.digest('hex') === sha256) return;
    }
    throw new ProblemError('unavailable', 'The storage did not keep what was uploaded; try again.');
  }

  async function put(source: ByteSource, options: PutOptions): Promise<Staged> {
    const name = randomUUID();
    const key = stagedKey(name);
    const measured = measure(source, { ...options, maxBytes: Math.min(options.maxBytes, MAX_COPY_BYTES) });
    let refused: { error: unknown } | undefined;
    async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        yield* measured.bytes;
      } catch (error) {
        refused = { error };
        throw error;
      }
    }
    coming.add(name);
    try {
      await upload(key, bytes());
      await readBack(key, measured.result());
      return { staging: name, ...measured.result() };
    } catch (error) {
      await remove(key).catch(() => undefined);
      // What the source or our own check said comes first, whatever the SDK made of it.
      throw refused === undefined ? error : refused.error;
    } finally {
      coming.delete(name);
    }
  }

  async function commit({ staging: name, sha256, size }: Staged): Promise<void> {
    const source = stagedKey(name);
    const key = keyOf(sha256);
    if ((await headKey(key))?.size !== size) {
      const copied = await whenAbsent(
        client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: encodeURI(`${bucket}/${source}`),
          }),
        ),
        undefined,
      );
      const stored = copied === undefined ? (await headKey(key))?.size : await settledSize(key);
      if (stored === undefined && copied === undefined) throw notStaged();
      if (stored !== size)
        throw new ProblemError('unavailable', 'The storage did not keep what was uploaded; try again.');
    }
    await discard({ staging: name });
  }

  async function discard({ staging: name }: Pick<Staged, 'staging'>): Promise<void> {
    await whenAbsent(remove(stagedKey(name)), undefined);
  }

  async function sweepObjects(horizonMs: number): Promise<number> {
    let removed = 0;
    for await (const page of pagesOf({ Prefix: `${prefix}${STAGING}/` })) {
      for (const { Key: key, LastModified: at } of page.Contents ?? []) {
        if (key === undefined || at === undefined || at.getTime() > horizonMs) continue;
        if (coming.has(key.slice(prefix.length + STAGING.length + 1))) continue;
        await whenAbsent(remove(key), undefined);
        removed += 1;
      }
    }
    return removed;
  }

  async function sweepUploads(horizonMs: number): Promise<number> {
    let removed = 0;
    let more: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (more !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await client
        .send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}${STAGING}/`, ...more }))
        .catch((error: unknown) => {
          throw asS3Problem(error);
        });
      for (const { Key: key, UploadId: id, Initiated: at } of page.Uploads ?? []) {
        if (key === undefined || at === undefined || at.getTime() > horizonMs) continue;
        if (coming.has(key.slice(prefix.length + STAGING.length + 1))) continue;
        const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id });
        await whenAbsent(client.send(command), undefined);
        removed += 1;
      }
      more =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined;
    }
    return removed;
  }

  return {
    capabilities: { presign: true, paths: false },
    put,
    commit,
    discard,
    head,
    async get(digest, { range } = {}) {
      const key = keyOf(digest);
      // The size is needed to tell what a range means; it cannot change between the two calls.
      const size = range === undefined ? undefined : (await headKey(key))?.size;
      if (range !== undefined && size === undefined) return undefined;
      const part = range === undefined || size === undefined ? undefined : resolveRange(range, size);
      const body = await openS3Object({ client, bucket, key, part });
      return body && { stream: body.stream, size: size ?? body.bytes, range: part };
    },
    async delete(digest) {
      const key = keyOf(digest);
      if ((await headKey(key)) === undefined) return false;
      await whenAbsent(remove(key), undefined);
      return true;
    },
    async list({ after, limit }) {
      const items: ObjectHead[] = [];
      const pages = pagesOf({
        Prefix: `${prefix}${OBJECTS}/`,
        StartAfter: after === undefined ? undefined : keyOf(after),
        // One more than asked for tells whether there is a next page.
        MaxKeys: Math.min(limit + 1, 1_000),
      });
      for await (const page of pages) {
        for (const { Key: key, Size: size, LastModified: at } of page.Contents ?? []) {
          const sha256 = key === undefined ? undefined : digestOfKey(key.slice(prefix.length));
          if (sha256 === undefined) continue;
          if (items.length === limit) return { items, next: items.at(-1)?.sha256 };
          items.push({ sha256, size: size ?? 0, storedAt: at ?? new Date(0) });
        }
      }
      return { items, next: undefined };
    },
    async sweepStaging({ olderThanMs }) {
      const horizonMs = Date.now() - olderThanMs;
      return { removed: (await sweepObjects(horizonMs)) + (await sweepUploads(horizonMs)) };
    },
    async presign(digest, { fileName, mediaType, expiresInMs }) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: keyOf(digest),
        ResponseContentDisposition: contentDisposition(fileName),
        ResponseContentType: mediaType,
      });
      return await getSignedUrl(publicClient, command, { expiresIn: Math.ceil(expiresInMs / 1000) });
    },
    async close() {
      client.destroy();
      if (publicClient !== client) publicClient.destroy();
    },
  };
}
