import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  archiveExtension,
  ArtifactNameSchema,
  canonicalJson,
  failure,
  parseDigest,
  type ArchiveMember,
  type BuildInfo,
  type Json,
} from '@buildsrs/common';
import * as v from 'valibot';
import { writeArchive, type ArchiveEntry } from '../archive/write-archive.ts';
import { JobFailedError } from '../errors.ts';
import type { OutputFile } from '../job-context.ts';
import type { JobSession } from '../job-session.ts';
import type { BuiltCrate } from './build.ts';
import type { FetchedCrate } from './fetch.ts';

/** Media types as IANA has them (application/gzip RFC 6713, application/zip). */
const MEDIA_TYPES = { '.tar.gz': 'application/gzip', '.zip': 'application/zip' } as const;

/** The archive of a build and what is in it. */
export interface PackedArchive {
  readonly file: OutputFile;
  readonly members: readonly ArchiveMember[];
}

/** The fourth stage: programs, licences and readme go into one archive whose bytes depend on nothing else. */
export async function packageStage(
  session: JobSession,
  crate: FetchedCrate,
  built: BuiltCrate,
): Promise<PackedArchive> {
  const { job, outputDir } = session;
  const folder = `${job.crate}-${job.version}-${job.target}`;
  const format = archiveExtension(job.target);
  const name = v.parse(ArtifactNameSchema, `${folder}${format}`);
  const programs = new Set(built.programs.map((program) => program.name));
  const entries: ArchiveEntry[] = [
    ...built.programs.map((program) => ({
      path: `${folder}/${program.name}`,
      file: program.path,
      executable: true,
    })),
    ...crate.documents
      .filter((document) => !programs.has(document.name))
      .map((document) => ({ path: `${folder}/${document.name}`, file: document.path, executable: false })),
  ];
  const path = join(outputDir, name);
  const { sha256, size, members } = await writeArchive({
    format,
    entries,
    destination: path,
    mtime: crate.sourceDate,
  });
  if (size > job.limits.outputBytes) {
    throw new JobFailedError(
      failure('output-too-large', `${name} has ${size} bytes; ${job.limits.outputBytes} is the most.`),
    );
  }
  await session.log.note(`packed ${name}: ${members.length} files, ${size} bytes, sha256 ${sha256}`);
  return { file: { name, path, sha256, size, mediaType: MEDIA_TYPES[format] }, members };
}

/** Build info as a file of its own, in its canonical form. */
export async function writeBuildInfo(session: JobSession, info: BuildInfo): Promise<OutputFile> {
  const name = v.parse(ArtifactNameSchema, 'build-info.json');
  const path = join(session.outputDir, name);
  const bytes = Buffer.from(`${canonicalJson(info as unknown as Json)}\n`, 'utf8');
  await writeFile(path, bytes, { mode: 0o600 });
  const sha256 = parseDigest(createHash('sha256').update(bytes).digest('hex'));
  return { name, path, sha256, size: bytes.length, mediaType: 'application/json' };
}
