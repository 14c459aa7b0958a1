import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceDateOf } from './source-date.ts';

describe('sourceDateOf', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'buildsrs-date-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  async function dateOf(files: readonly { name: string; size: number; seconds: number }[]): Promise<number> {
    const tar = await packTar(
      files.map(({ name, size, seconds }) => ({
        header: { name, size, mtime: new Date(seconds * 1_000) },
        body: new Uint8Array(size).fill(0x41),
      })),
    );
    await writeFile(join(dir, 'sample.crate'), gzipSync(tar));
    return sourceDateOf(join(dir, 'sample.crate'));
  }

  it('is the newest time of a file, wherever it stands and however large the files are', async () => {
    expect(
      await dateOf([
        { name: 'a', size: 0, seconds: 1_000_000_000 },
        { name: 'b', size: 200_001, seconds: 1_600_000_000 },
        { name: 'c', size: 512, seconds: 1_500_000_000 },
      ]),
    ).toBe(1_600_000_000);
  });

  it('is never before 1980, where the time of ZIP begins', async () => {
    expect(await dateOf([{ name: 'a', size: 3, seconds: 0 }])).toBe(315_532_800);
  });

  it('is never after 2100', async () => {
    expect(await dateOf([{ name: 'a', size: 3, seconds: 8_000_000_000 }])).toBe(4_102_444_800);
  });
});
