import { createReadStream } from 'node:fs';
import { CrateArchiveError } from './crate-archive-error.ts';

/** Bytes of a `.crate`: a file's path, all of them, or chunks. */
export type CrateBytes = string | Uint8Array | AsyncIterable<Uint8Array>;

/** The whole `.crate`, still compressed; what is over the limit is not read. @throws {CrateArchiveError} `too-large`. */
export async function loadCrate(source: CrateBytes, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const parts =
    typeof source === 'string' ? createReadStream(source) : source instanceof Uint8Array ? [source] : source;
  for await (const part of parts) {
    const chunk = part as Uint8Array;
    size += chunk.length;
    if (size > maxBytes) throw new CrateArchiveError('too-large', `more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
