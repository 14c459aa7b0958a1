import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

const BLOCK = 512;
/** 1980-01-01, where ZIP's and FAT's time begins: an archive of an earlier moment cannot be made for every target. */
const EARLIEST = 315_532_800;
/** 2100-01-01: a later time stands in no honest archive and does not fit the fields of some formats. */
const LATEST = 4_102_444_800;

/**
 * `SOURCE_DATE_EPOCH` of a crate, in seconds: the newest time of a file in its archive, so that everyone who has the
 * `.crate` comes to the same. (cargo since 2021 writes 1153704088, 24 July 2006, for every file.) Only for archives
 * that were read without complaint: it trusts their structure.
 */
export async function sourceDateOf(crateFile: string): Promise<number> {
  let newest = 0;
  let skip = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(crateFile).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const skipped = Math.min(skip, data.length);
      skip -= skipped;
      data = data.subarray(skipped);
      if (data.length < BLOCK) break;
      const octal = (from: number, length: number): number =>
        Number.parseInt(data.toString('latin1', from, from + length).replaceAll(/[^0-7]/g, ''), 8) || 0;
      // ustar: size at 124 and mtime at 136, 12 octal digits each, type at 156.
      if (['0', '\0'].includes(String.fromCodePoint(data[156] as number)))
        newest = Math.max(newest, octal(136, 12));
      skip = BLOCK + Math.ceil(octal(124, 12) / BLOCK) * BLOCK;
    }
    rest = data;
  }
  return Math.min(Math.max(newest, EARLIEST), LATEST);
}
