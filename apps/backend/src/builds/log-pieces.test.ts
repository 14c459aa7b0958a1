import type { BuildId } from '@buildsrs/common';
import { describe, expect, it } from 'vitest';
import { LogPieces } from './log-pieces.ts';

const BUILD = '00000000-0000-4000-8000-000000000001' as BuildId;

describe('LogPieces', () => {
  it('reads a piece once for all who want it', async () => {
    let reads = 0;
    const pieces = new LogPieces(async (_, offset, length) => {
      reads += 1;
      return Buffer.alloc(length, offset);
    });
    const all = await Promise.all(Array.from({ length: 100 }, () => pieces.read(BUILD, 7, 3)));
    expect(all.every((bytes) => Buffer.from([7, 7, 7]).equals(bytes))).toBe(true);
    expect(await pieces.read(BUILD, 7, 3)).toHaveLength(3);
    expect(reads).toBe(1);
    await pieces.read(BUILD, 7, 4);
    expect(reads).toBe(2);
  });

  it('keeps neither failures nor what came short', async () => {
    const answers = [
      () => Promise.reject(new Error('away')),
      () => Promise.resolve(Buffer.alloc(1)),
      () => Promise.resolve(Buffer.alloc(2)),
    ];
    const pieces = new LogPieces(async () => await (answers.shift() as () => Promise<Uint8Array>)());
    await expect(pieces.read(BUILD, 0, 2)).rejects.toThrow('away');
    expect(await pieces.read(BUILD, 0, 2)).toHaveLength(1);
    expect(await pieces.read(BUILD, 0, 2)).toHaveLength(2);
    expect(await pieces.read(BUILD, 0, 2)).toHaveLength(2);
  });
});
