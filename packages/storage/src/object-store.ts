import type { Digest } from '@buildsrs/common';

/** Bytes as they come: a Node `Readable`, a web `ReadableStream` and an async generator all are one. */
export type ByteSource = AsyncIterable<Uint8Array>;

/** What `put` holds the bytes to. */
export interface PutOptions {
  /** More than this is refused with `too-large` as soon as the first byte too many comes. */
  readonly maxBytes: number;
  /** What was announced; anything else is refused with `digest-mismatch`. */
  readonly expect?: { readonly sha256?: Digest; readonly size?: number };
}

/** Bytes that are safely kept, and not visible yet. Serialisable: another process may commit or discard it. */
export interface Staged {
  /** Opaque; only the store that gave it, or another instance over the same place, can read it. */
  readonly staging: string;
  readonly sha256: Digest;
  readonly size: number;
}

/** A part of an object, as HTTP counts: both ends inclusive. `end` left out, or beyond the last byte: to the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** What is known of a stored object without reading it. */
export interface ObjectHead {
  readonly sha256: Digest;
  /** Bytes of the whole object. */
  readonly size: number;
  readonly storedAt: Date;
}

/** An object being read. The stream must be read to its end or cancelled. */
export interface ObjectBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Bytes of the whole object, whatever part of it the stream gives. */
  readonly size: number;
  /** The part the stream gives, resolved against the size; `undefined` when the whole was asked for. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
}

/** One page of a list, in the order of the digests. */
export interface ObjectPage {
  readonly items: readonly ObjectHead[];
  /** Give it as `after` for the next page; `undefined` on the last. */
  readonly next: Digest | undefined;
}

/** What a download by URL looks like to the person who gets it. */
export interface PresignOptions {
  readonly fileName: string;
  readonly mediaType: string;
  readonly expiresInMs: number;
}

/**
 * Objects named by their sha256. What is visible is whole, and was checked against its name; it never changes.
 *
 * Every method throws `ProblemError` with one of these codes, and nothing else but what the source of a `put` throws:
 * `too-large`, `digest-mismatch`, `range-not-satisfiable`, `storage-full`, `unavailable` (worth trying again).
 * A missing object is no error: `get` and `head` give `undefined`, `delete` gives `false`.
 */
export interface ObjectStore {
  readonly capabilities: {
    /** `presign` is there. */
    readonly presign: boolean;
    /** `pathOf` is there. */
    readonly paths: boolean;
  };
  /** Keeps the bytes out of sight while hashing them. When it throws, nothing is left behind. */
  put(source: ByteSource, options: PutOptions): Promise<Staged>;
  /** Makes staged bytes visible at once and for good. May be called again, and by several at a time. */
  commit(staged: Staged): Promise<void>;
  /** Drops staged bytes; no error when they are gone. Never touches a visible object. */
  discard(staged: Staged): Promise<void>;
  get(digest: Digest, options?: { readonly range?: ByteRange }): Promise<ObjectBody | undefined>;
  head(digest: Digest): Promise<ObjectHead | undefined>;
  /** Whether there was something to delete. */
  delete(digest: Digest): Promise<boolean>;
  list(options: { readonly after?: Digest; readonly limit: number }): Promise<ObjectPage>;
  /** Removes what was staged, or was being staged, longer ago than this; never a `put` of this process that still runs. */
  sweepStaging(options: { readonly olderThanMs: number }): Promise<{ readonly removed: number }>;
  /** A URL that gives the object to whoever has it, for a while, straight from the storage. Does not look whether it is there. */
  presign?(digest: Digest, options: PresignOptions): Promise<string>;
  /** Where the object is as a file, whether it is there or not. */
  pathOf?(digest: Digest): string;
  close(): Promise<void>;
}
