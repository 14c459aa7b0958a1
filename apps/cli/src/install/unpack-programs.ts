import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  ArtifactNameSchema,
  DEFAULT_LIMITS,
  SentenceError,
  type Artifact,
  type Version,
} from '@buildsrs/common';
import { ARCHIVE_REASONS, CrateArchiveError, readCrate } from '@buildsrs/registry';
import * as v from 'valibot';
import { diskSentence } from './disk-sentence.ts';

/** What an archive may be: the service's own limits with room. */
const LIMITS = {
  compressedBytes: DEFAULT_LIMITS.outputBytes,
  unpackedBytes: 2 * DEFAULT_LIMITS.outputBytes,
  entries: 4_096,
};

const bad = (what: string): SentenceError =>
  new SentenceError(
    'bad-archive',
    `The archive is not as builds.rs makes them: ${what}. Nothing was installed.`,
  );

/**
 * Unpacks the programs of an archive into a folder: the executable files of its one folder, by their plain names. All else
 * stays in the archive. Gives their names.
 *
 * @throws {SentenceError} `bad-archive`, `cannot-write`; what was written is for the caller to remove.
 */
export async function unpackPrograms(
  archive: Pick<Artifact, 'crate' | 'version' | 'target'>,
  file: string,
  folder: string,
): Promise<string[]> {
  const programs: string[] = [];
  // It is made as a `.crate` is, in the folder NAME-VERSION-TARGET, and as hostile.
  const version = `${archive.version}-${archive.target}` as Version;
  try {
    for await (const entry of readCrate(file, { name: archive.crate, version, limits: LIMITS })) {
      if (entry.type !== 'file' || !entry.executable || entry.segments.length !== 1) continue;
      const name = v.safeParse(ArtifactNameSchema, entry.path);
      if (!name.success) throw bad('the name of a program is no plain name');
      const path = join(folder, name.output);
      await pipeline(
        Readable.from(entry.content),
        createWriteStream(path, { flags: 'wx', mode: 0o755 }),
      ).catch((error: unknown) => {
        throw diskSentence(error, path);
      });
      programs.push(name.output);
    }
  } catch (error) {
    throw CrateArchiveError.is(error) ? bad(ARCHIVE_REASONS[error.reason]) : error;
  }
  if (programs.length === 0) throw bad('there is no program in it');
  return programs;
}
