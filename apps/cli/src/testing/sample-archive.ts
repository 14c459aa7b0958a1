import { gzipSync } from 'node:zlib';
import { parseTarget } from '@buildsrs/common';
import { packTar, type TarEntry } from 'modern-tar';

export const GNU = parseTarget('x86_64-unknown-linux-gnu');
export const MUSL = parseTarget('x86_64-unknown-linux-musl');

/** A program that runs, and asks for a glibc as far as anybody looks. */
export function sampleProgram(glibc = '2.17', paddingBytes = 0): string {
  return `#!/bin/sh\necho it runs\nexit\n# GLIBC_2.2.5 GLIBC_${glibc}\n${'x'.repeat(paddingBytes)}\n`;
}

/** An archive of entries. */
export async function archiveOf(entries: readonly TarEntry[]): Promise<Buffer> {
  return gzipSync(await packTar([...entries]));
}

/** The archive of the sample for a target, as builders make it. */
export async function sampleArchive(target: string, program = sampleProgram()): Promise<Buffer> {
  const folder = `sample-1.2.0-${target}`;
  const file = (name: string, body: string, mode: number): TarEntry => ({
    header: { name: `${folder}/${name}`, size: Buffer.byteLength(body), mode, type: 'file' },
    body,
  });
  return await archiveOf([
    { header: { name: `${folder}/`, size: 0, type: 'directory' } },
    file('LICENSE', 'do as you like\n', 0o644),
    file('sample', program, 0o755),
    file('sample-helper', program, 0o755),
  ]);
}
