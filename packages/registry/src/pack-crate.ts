import type { CrateName, Version } from '@buildsrs/common';
import { gzipSync } from 'fflate';
import { TAR_BLOCK } from './tar-header.ts';

/** A file to be packed. */
export interface CrateSourceFile {
  /** Below the crate's root, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable?: boolean;
}

/** cargo's own fixed time for reproducible archives: 2006-07-24T01:21:28Z (`cargo package`). */
const MTIME_SECONDS = 1_153_704_088;

function header(path: Buffer, type: '0' | 'L', size: number, mode: number): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  path.copy(block, 0, 0, 100);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const numbers = [octal(mode, 7), octal(0, 7), octal(0, 7), octal(size, 11), octal(MTIME_SECONDS, 11)];
  block.write(`${numbers.join('')}        ${type}`, 100, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148, 'latin1');
  return block;
}

function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK)]);
}

/** The tar entry of a file as cargo writes it: GNU format, paths over 100 bytes as a long-name entry before it. */
function entry(name: string, file: CrateSourceFile): Buffer[] {
  const path = Buffer.from(name);
  const parts: Buffer[] = [];
  if (path.length > 100) {
    const long = Buffer.concat([path, Buffer.alloc(1)]);
    parts.push(header(Buffer.from('././@LongLink'), 'L', long.length, 0o644), padded(long));
  }
  const mode = file.executable === true ? 0o755 : 0o644;
  parts.push(header(path, '0', file.content.length, mode), padded(file.content));
  return parts;
}

/**
 * Packs a `.crate` whose bytes depend on its files alone: sorted by path, fixed times and owners, and a deflate
 * written in JavaScript, as zlib's output differs between processors and versions.
 */
export function packCrate(
  files: readonly CrateSourceFile[],
  crate: { name: CrateName; version: Version },
): Buffer {
  const sorted = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const blocks = sorted.flatMap((file) => entry(`${crate.name}-${crate.version}/${file.path}`, file));
  const tar = Buffer.concat([...blocks, Buffer.alloc(2 * TAR_BLOCK)]);
  return Buffer.from(gzipSync(tar, { level: 9, mtime: 0 }));
}
