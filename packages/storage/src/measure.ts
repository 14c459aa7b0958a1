import { createHash } from 'node:crypto';
import { parseDigest, ProblemError, type Digest } from '@buildsrs/common';
import type { ByteSource, PutOptions } from './object-store.ts';

/** What went through: complete once the bytes were read to their end. */
export interface Measured {
  readonly sha256: Digest;
  readonly size: number;
}

/** Bytes on their way into a store, with what they are known to be afterwards. */
export interface Measure {
  /** The same bytes. Ends with an error as soon as they cannot be what was announced any more. */
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
  /** To be called when `bytes` ended well. */
  result(): Measured;
}

/** Lets bytes through while hashing and counting them, and holds them to what was announced. */
export function measure(source: ByteSource, { maxBytes, expect = {} }: PutOptions): Measure {
  const hash = createHash('sha256');
  let size = 0;
  let measured: Measured | undefined;
  if (expect.size !== undefined && expect.size > maxBytes) throw tooLarge(maxBytes);
  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (expect.size !== undefined && size > expect.size)
        throw new ProblemError('digest-mismatch', `More came than the ${expect.size} bytes announced.`);
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      yield chunk;
    }
    if (expect.size !== undefined && size !== expect.size)
      throw new ProblemError('digest-mismatch', `${size} bytes came, but ${expect.size} were announced.`);
    const sha256 = parseDigest(hash.digest('hex'));
    if (expect.sha256 !== undefined && sha256 !== expect.sha256)
      throw new ProblemError(
        'digest-mismatch',
        `The sha256 of what came is ${sha256}, but ${expect.sha256} was announced.`,
      );
    measured = { sha256, size };
  }
  return {
    bytes: pass(),
    result() {
      if (measured === undefined) throw new Error('The bytes were not read to their end.');
      return measured;
    },
  };
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('too-large', `This is larger than the ${maxBytes} bytes it may have.`);
}
