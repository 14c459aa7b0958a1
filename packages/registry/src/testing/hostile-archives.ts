import { deflateRawSync, gzipSync } from 'node:zlib';
import type { ArchiveReason } from '../crate-archive-error.ts';
import { paxRecord, rawCrate, rawEntry, rawTar, TAR_END, type RawEntry } from './raw-tar.ts';

/** An archive that has to be refused, as the crate `sample` 1.0.0. */
export interface HostileArchive {
  readonly title: string;
  readonly reason: ArchiveReason;
  /** Made when it is asked for: some are large. */
  readonly make: () => Buffer;
}

const ROOT = 'sample-1.0.0';
const manifest: RawEntry = {
  path: `${ROOT}/Cargo.toml`,
  content: '[package]\nname = "sample"\nversion = "1.0.0"\n',
};
const main: RawEntry = { path: `${ROOT}/src/main.rs`, content: 'fn main() {}\n' };

/** An archive that has nothing wrong with it. */
export function sampleCrate(): Buffer {
  return rawCrate([manifest, main]);
}

function entry(
  title: string,
  reason: ArchiveReason,
  ...entries: readonly (RawEntry | Buffer)[]
): HostileArchive {
  return { title, reason, make: () => rawCrate([manifest, ...entries]) };
}
const bytes = (title: string, reason: ArchiveReason, make: () => Buffer): HostileArchive => ({
  title,
  reason,
  make,
});
const at = (path: string | Buffer, more: Partial<RawEntry> = {}): RawEntry => ({
  path,
  content: 'x',
  ...more,
});
const special = (title: string, type: string, more: Partial<RawEntry> = {}): HostileArchive =>
  entry(title, 'bad-entry-type', { path: `${ROOT}/thing`, type, ...more });
const pax = (...records: Buffer[]): RawEntry => ({
  path: `${ROOT}/pax`,
  type: 'x',
  content: Buffer.concat(records),
});
const longName = (path: string): RawEntry => ({ path: '././@LongLink', type: 'L', content: `${path}\0` });

/** Zeros, deflated about 1000 to 1. */
function bomb(): Buffer {
  const size = 128 * 1024 * 1024;
  const head = rawEntry({ path: `${ROOT}/zeros`, size });
  const zeros = deflateRawSync(Buffer.alloc(32 * 1024 * 1024), { level: 9, finishFlush: 2 });
  const start = deflateRawSync(head, { finishFlush: 2 });
  const gzip = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  return Buffer.concat([gzip, start, ...Array.from({ length: 4 }, () => zeros), Buffer.alloc(8)]);
}

const paths: readonly HostileArchive[] = [
  entry('parent folders', 'bad-path', at(`${ROOT}/../../etc/cron.d/x`)),
  entry('only parent folders', 'bad-path', at('../x')),
  entry('an absolute path', 'bad-path', at('/etc/passwd')),
  entry(
    'an absolute path through the ustar prefix',
    'bad-path',
    at('passwd', { format: 'ustar', prefix: '/etc' }),
  ),
  entry(
    'parent folders through the ustar prefix',
    'bad-path',
    at('x', { format: 'ustar', prefix: `${ROOT}/..` }),
  ),
  entry('parent folders in a long name', 'bad-path', longName(`${ROOT}/../../x`), at('x')),
  entry('parent folders in a pax path', 'bad-path', pax(paxRecord('path', `${ROOT}/../../x`)), at('x')),
  entry('a dot segment', 'bad-path', at(`${ROOT}/./x`)),
  entry('an empty segment', 'bad-path', at(`${ROOT}//x`)),
  entry('a backslash', 'bad-path', at(`${ROOT}/..\\..\\x`)),
  entry('a line end in a name', 'bad-path', at(`${ROOT}/a\nb`)),
  entry('an escape in a name', 'bad-path', at(`${ROOT}/\u001b[31m`)),
  entry('NUL inside of a name', 'bad-path', at(Buffer.from(`${ROOT}/a\0.txt`))),
  entry('NUL inside of a long name', 'bad-path', longName(`${ROOT}/a\0b`), at('x')),
  entry('NUL inside of a pax path', 'bad-path', pax(paxRecord('path', `${ROOT}/a\0b`)), at('x')),
  entry('a name that is not UTF-8', 'bad-path', at(Buffer.from([...Buffer.from(`${ROOT}/`), 0xff, 0xfe]))),
  entry('a file that ends with a slash', 'bad-path', at(`${ROOT}/folder/`)),
  entry("another crate's folder", 'outside-prefix', at('other-1.0.0/x')),
  entry("another version's folder", 'outside-prefix', at('sample-1.0.01/x')),
  entry('a file beside the folder', 'outside-prefix', at('x')),
  entry('a file in place of the folder', 'duplicate', at(`${ROOT}/src`), at(`${ROOT}/src/main.rs`)),
  entry('the folder itself as a file', 'outside-prefix', at(ROOT)),
  entry('a path of 2000 bytes', 'path-too-long', longName(`${ROOT}/${'a/'.repeat(1_000)}x`), at('x')),
  entry('a name of 256 bytes', 'path-too-long', longName(`${ROOT}/${'a'.repeat(256)}`), at('x')),
  entry('a long name of a mebibyte', 'path-too-long', longName('a'.repeat(1024 * 1024)), at('x')),
];

const types: readonly HostileArchive[] = [
  special('a symbolic link', '2', { link: '/etc/passwd' }),
  entry(
    'a symbolic link that is then written through',
    'bad-entry-type',
    { path: `${ROOT}/d`, type: '2', link: '/tmp' },
    at(`${ROOT}/d/x`),
  ),
  special('a hard link', '1', { link: '../../../etc/shadow' }),
  special('a character device', '3'),
  special('a block device', '4'),
  special('a fifo', '6'),
  special('a contiguous file', '7'),
  special('a GNU sparse file', 'S'),
  special('a GNU long link', 'K'),
  special('a GNU dump folder', 'D'),
  special('a volume label', 'V'),
  special('a global pax header', 'g', { content: paxRecord('path', `${ROOT}/x`) }),
  special('a Solaris header', 'X'),
  special('an unknown type', 'Z'),
  entry('a pax sparse file', 'bad-entry-type', pax(paxRecord('GNU.sparse.major', '1')), at(`${ROOT}/x`)),
  entry('a pax link target', 'bad-entry-type', pax(paxRecord('linkpath', '/etc/passwd')), at(`${ROOT}/x`)),
  entry('a folder with content', 'size-mismatch', at(`${ROOT}/d/`, { type: '5' })),
];

const doubles: readonly HostileArchive[] = [
  entry('a file twice', 'duplicate', manifest),
  entry('a folder twice', 'duplicate', { path: `${ROOT}/d`, type: '5' }, { path: `${ROOT}/d/`, type: '5' }),
  entry('names that differ in case', 'duplicate', at(`${ROOT}/CARGO.toml`)),
  entry('folders that differ in case', 'duplicate', at(`${ROOT}/src/a`), at(`${ROOT}/SRC/b`)),
  entry('names that differ in Unicode form', 'duplicate', at(`${ROOT}/\u00e9`), at(`${ROOT}/e\u0301`)),
  entry('names that differ in special case', 'duplicate', at(`${ROOT}/stra\u00dfe`), at(`${ROOT}/STRASSE`)),
  entry('a file below a file', 'duplicate', at(`${ROOT}/Cargo.toml/x`)),
  entry('a file over a folder', 'duplicate', at(`${ROOT}/d/x`), at(`${ROOT}/d`)),
];

const headers: readonly HostileArchive[] = [
  entry('a pax size that lies', 'size-mismatch', pax(paxRecord('size', '512')), at(`${ROOT}/x`)),
  entry(
    'a pax keyword twice',
    'bad-header',
    pax(paxRecord('path', `${ROOT}/a`), paxRecord('path', `${ROOT}/b`)),
    at('x'),
  ),
  entry('a pax record with a wrong length', 'bad-header', { ...pax(), content: '99 path=x\n' }, at('x')),
  entry('a pax record of no length', 'bad-header', { ...pax(), content: '0 path=x\n' }, at('x')),
  entry('an unknown pax keyword', 'bad-header', pax(paxRecord('hdrcharset', 'BINARY')), at(`${ROOT}/x`)),
  entry(
    'a pax and a long name together',
    'bad-header',
    longName(`${ROOT}/a`),
    pax(paxRecord('path', `${ROOT}/b`)),
    at('x'),
  ),
  entry('an extended header at the end', 'truncated', longName(`${ROOT}/a`)),
  entry('a wrong header checksum', 'bad-header', at(`${ROOT}/x`, { checksumOff: 1 })),
  entry(
    'a size that is not octal',
    'bad-header',
    at(`${ROOT}/x`, { change: (block) => block.write('0000000009z', 124, 'latin1') }),
  ),
  entry('a negative size', 'bad-header', at(`${ROOT}/x`, { change: (block) => block.fill(0xff, 124, 136) })),
  entry(
    'a size of 8 exbibytes',
    'bad-header',
    at(`${ROOT}/x`, {
      change: (block) =>
        Buffer.from([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]).copy(block, 124),
    }),
  ),
  entry(
    'a size of a pebibyte',
    'truncated',
    at(`${ROOT}/x`, {
      change: (block) => Buffer.from([0x80, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0]).copy(block, 124),
    }),
  ),
  entry('a header of 1979', 'not-tar', at(`${ROOT}/x`, { format: 'v7' })),
];

const streams: readonly HostileArchive[] = [
  bytes('nothing', 'not-gzip', () => Buffer.alloc(0)),
  bytes('text', 'not-gzip', () => Buffer.from('Not Found\n'.repeat(10))),
  bytes('a zip', 'not-gzip', () => Buffer.from('PK\u0003\u0004'.repeat(10))),
  bytes('a gzip of nothing', 'truncated', () => gzipSync('')),
  bytes('a gzip of zeros', 'not-tar', () => gzipSync(TAR_END)),
  bytes('a gzip of text', 'not-tar', () => gzipSync('x'.repeat(2_000))),
  bytes('a gzip in a gzip', 'not-tar', () => gzipSync(gzipSync(noise(2_000)))),
  bytes('bytes after its end', 'trailing-data', () => Buffer.concat([sampleCrate(), Buffer.from('garbage')])),
  bytes('zeros after its end', 'trailing-data', () => Buffer.concat([sampleCrate(), Buffer.alloc(16)])),
  bytes('a second gzip member', 'trailing-data', () => Buffer.concat([sampleCrate(), sampleCrate()])),
  bytes('entries after the end of the tar', 'trailing-data', () => rawCrate([manifest, TAR_END, main])),
  bytes('text after the end of the tar', 'trailing-data', () =>
    rawCrate([manifest], Buffer.concat([TAR_END, Buffer.from('hidden')])),
  ),
  bytes('one zero block, then an entry', 'trailing-data', () =>
    rawCrate([manifest, Buffer.alloc(512), main]),
  ),
  bytes('half of it', 'truncated', () => sampleCrate().subarray(0, 60)),
  bytes('all but the last byte', 'truncated', () => sampleCrate().subarray(0, -1)),
  bytes('a gzip header alone', 'truncated', () => sampleCrate().subarray(0, 10)),
  bytes('a file that is cut', 'truncated', () =>
    gzipSync(rawTar([manifest, at(`${ROOT}/x`, { content: 'x'.repeat(2_000) })]).subarray(0, 2_000)),
  ),
  bytes('no end mark', 'truncated', () => rawCrate([manifest, main], Buffer.alloc(0))),
  bytes('half an end mark', 'truncated', () => rawCrate([manifest, main], Buffer.alloc(512))),
  bytes('a wrong checksum', 'corrupt', () => flipped(sampleCrate(), -6)),
  bytes('a wrong size', 'corrupt', () => flipped(sampleCrate(), -2)),
  bytes('damaged data', 'corrupt', () =>
    Buffer.concat([sampleCrate().subarray(0, 10), Buffer.alloc(50, 0xff), Buffer.alloc(8)]),
  ),
  bytes('a bomb', 'suspicious-ratio', bomb),
  bytes('more than a crate may unpack to', 'too-large-unpacked', () =>
    rawCrate([manifest, at(`${ROOT}/x`, { content: noise(6 * 1024 * 1024) })]),
  ),
  bytes('more than a crate may be', 'too-large', () =>
    Buffer.concat([sampleCrate(), Buffer.alloc(65 * 1024 * 1024)]),
  ),
  bytes('100,000 entries', 'too-many-entries', manyEntries),
];

function flipped(archive: Buffer, offset: number): Buffer {
  const at = archive.length + offset;
  archive.writeUInt8(archive.readUInt8(at) ^ 1, at);
  return archive;
}

function noise(size: number): Buffer {
  const buffer = Buffer.alloc(size);
  let state = 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    buffer[index] = state >>> 24;
  }
  return buffer;
}

function manyEntries(): Buffer {
  const tar = Buffer.alloc(100_000 * 512);
  for (let index = 0; index < 100_000; index += 1)
    rawEntry({ path: `${ROOT}/${index}` }).copy(tar, index * 512);
  return gzipSync(Buffer.concat([tar, TAR_END]), { level: 1 });
}

/** Archives made to escape, overwhelm or confuse; each with the reason for which it has to be refused. */
export const HOSTILE_ARCHIVES: readonly HostileArchive[] = [
  ...paths,
  ...types,
  ...doubles,
  ...headers,
  ...streams,
];
