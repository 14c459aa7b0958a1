import type { CrateFacts } from '@buildsrs/common';
import { crateFactsOf } from './crate-facts.ts';
import { MAX_MANIFEST_BYTES } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import type { CrateBytes } from './crate-bytes.ts';
import { readCrate, type ReadCrateOptions } from './read-crate.ts';

async function manifestText(content: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new ManifestError('Cargo.toml is not UTF-8.', { cause: error });
  }
}

/**
 * Reads what can be built of a crate from its archive alone: nothing is written to disk and nothing of it is run.
 * The whole archive is read, so that one that is refused later gives no facts either.
 *
 * @throws {CrateArchiveError} @throws {ManifestError}
 */
export async function readCrateFacts(source: CrateBytes, options: ReadCrateOptions): Promise<CrateFacts> {
  const files: string[] = [];
  let manifest: string | undefined;
  for await (const entry of readCrate(source, options)) {
    if (entry.type !== 'file') continue;
    files.push(entry.path);
    if (entry.path !== 'Cargo.toml') continue;
    if (entry.size > MAX_MANIFEST_BYTES)
      throw new ManifestError('Cargo.toml is larger than any manifest may be.');
    manifest = await manifestText(entry.content);
  }
  if (manifest === undefined) throw new ManifestError('The archive has no Cargo.toml.');
  return crateFactsOf(manifest, files, options);
}
