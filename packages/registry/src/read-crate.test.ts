import { parseCrateName, parseVersion } from '@buildsrs/common';
import * as fc from 'fast-check';
import { unpackTar } from 'modern-tar';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CrateArchiveError } from './crate-archive-error.ts';
import { packCrate } from './pack-crate.ts';
import { readCrate } from './read-crate.ts';
import { fuzzRuns } from './testing/fuzz-runs.ts';
import { sampleCrate } from './testing/hostile-archives.ts';

const id = { name: parseCrateName('sample'), version: parseVersion('1.0.0') };

async function contents(archive: Uint8Array): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of readCrate(archive, id)) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    if (entry.type === 'file') files.set(entry.path, Buffer.concat(chunks).toString('base64'));
  }
  return files;
}

const sourceFiles = fc.uniqueArray(
  fc.record({
    path: fc.stringMatching(/^[a-z]{1,12}(?:\/[a-z0-9._-]{0,60}[a-z]){0,4}\.(?:rs|toml)$/),
    content: fc.uint8Array({ maxLength: 3_000 }),
    executable: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12, selector: (file) => file.path },
);

/** Two paths of which one is the other's folder cannot both be files; `.rs` folders are possible. */
const compatible = (paths: readonly string[]): boolean =>
  paths.every((path) => !paths.some((other) => other.startsWith(`${path}/`)));

describe('what was packed', () => {
  test('is read as it was, by us and by another reader', async () => {
    await fc.assert(
      fc.asyncProperty(
        sourceFiles.filter((files) => compatible(files.map((file) => file.path))),
        async (files) => {
          const archive = packCrate(files, id);
          const expected = files.map(
            (file) => [file.path, Buffer.from(file.content).toString('base64')] as const,
          );
          expect(await contents(archive)).toEqual(
            new Map(expected.toSorted(([left], [right]) => (left < right ? -1 : 1))),
          );
          const theirs = await unpackTar(gunzipSync(archive));
          expect(theirs.map((entry) => entry.header.name)).toEqual(
            expected.map(([path]) => `sample-1.0.0/${path}`).toSorted(),
          );
        },
      ),
      fuzzRuns(60),
    );
  });

  test('has the same bytes in whatever order the files come', () => {
    fc.assert(
      fc.property(sourceFiles, (files) => {
        expect(packCrate(files.toReversed(), id).equals(packCrate(files, id))).toBe(true);
      }),
      fuzzRuns(30),
    );
  });
});

describe('changed archives', () => {
  const valid = packCrate(
    [
      { path: 'Cargo.toml', content: Buffer.from('[package]\nname = "sample"\nversion = "1.0.0"\n') },
      { path: `src/${'long/'.repeat(25)}main.rs`, content: Buffer.from('fn main() {}\n'.repeat(50)) },
      { path: 'README.md', content: Buffer.from('read me') },
    ],
    id,
  );
  const tar = gunzipSync(valid);

  /** Either a typed refusal, or an archive whose list of files a second reading confirms. */
  async function isSafe(archive: Buffer): Promise<boolean> {
    const read = await contents(archive).then(
      (files) => files,
      (error: unknown) => {
        if (!CrateArchiveError.is(error)) throw error;
        return undefined;
      },
    );
    if (read === undefined) return true;
    const again = packCrate(
      [...read].map(([path, content]) => ({ path, content: Buffer.from(content, 'base64') })),
      id,
    );
    const reread = await contents(again);
    return reread.size === read.size && [...read].every(([path, content]) => reread.get(path) === content);
  }

  const edits = (length: number) =>
    fc.array(fc.tuple(fc.nat({ max: length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
  const apply = (bytes: Buffer, changes: readonly (readonly [number, number])[]): Buffer => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  };

  test('in their compressed bytes', async () => {
    await fc.assert(
      fc.asyncProperty(edits(valid.length), async (changes) => {
        expect(await isSafe(apply(valid, changes))).toBe(true);
      }),
      fuzzRuns(1_000),
    );
  }, 600_000);

  test('in the tar, with the gzip around it whole', async () => {
    await fc.assert(
      fc.asyncProperty(edits(tar.length), async (changes) => {
        expect(await isSafe(gzipSync(withChecksums(apply(tar, changes)), { level: 1 }))).toBe(true);
      }),
      fuzzRuns(1_000),
    );
  }, 600_000);

  test('cut anywhere', async () => {
    const sample = sampleCrate();
    for (let length = 0; length < sample.length; length += 1) {
      await expect(contents(sample.subarray(0, length)), `cut at ${length}`).rejects.toSatisfy((error) =>
        CrateArchiveError.is(error),
      );
    }
  });
});

/** Corrects the checksum of every block that looks like a header, so that changes reach what is behind it. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    const block = tar.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return tar;
}
