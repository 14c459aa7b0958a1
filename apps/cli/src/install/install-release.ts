import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceError, type Artifact, type Target } from '@buildsrs/common';
import type { CommandContext } from '../command.ts';
import type { Instance } from '../instance/open-instance.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { diskSentence } from './disk-sentence.ts';
import { downloadArchive } from './download-archive.ts';
import type { Release } from './find-release.ts';
import { glibcWanted } from './glibc-wanted.ts';
import { notBuilt } from './not-built.ts';
import { placePrograms } from './place-programs.ts';
import { unpackPrograms } from './unpack-programs.ts';

/** What is installed, from where to where. */
export interface Installation {
  readonly release: Release;
  /** In the order in which they are tried. */
  readonly targets: readonly Target[];
  /** The system's glibc; `undefined` where a target was chosen by hand, which is then taken at its word. */
  readonly glibc: string | undefined;
  readonly binDir: string;
}

/** What was installed. */
export interface Installed {
  readonly archive: Artifact;
  readonly programs: readonly string[];
}

async function tooOld(
  folder: string,
  programs: readonly string[],
  glibc: string | undefined,
): Promise<number | undefined> {
  const here = /^2\.(\d+)/.exec(glibc ?? '')?.[1];
  if (here === undefined) return undefined;
  const wanted = Math.max(...(await Promise.all(programs.map((name) => glibcWanted(join(folder, name))))));
  return wanted > Number(here) ? wanted : undefined;
}

/**
 * Downloads, checks, unpacks and places the first of the targets whose programs can run here. All that is in between lies
 * in a temporary folder that goes in any case.
 *
 * @throws {SentenceError} and nothing is installed.
 */
export async function installRelease(
  instance: Instance,
  installation: Installation,
  context: CommandContext,
): Promise<Installed> {
  const { release, targets, glibc, binDir } = installation;
  const fitting = targets.flatMap((target) => release.archives.filter((one) => one.target === target));
  const temporary = context.environment['TMPDIR'] ?? tmpdir();
  const work = await mkdtemp(join(temporary, 'builds-')).catch((error: unknown) => {
    throw diskSentence(error, temporary);
  });
  try {
    for (const [index, archive] of fitting.entries()) {
      if (archive.name.endsWith('.zip')) {
        throw new SentenceError(
          'unsupported-archive',
          `${archive.name} is for Windows, where PowerShell installs it: irm ${instance.server}/i/${release.crate}.ps1 | iex`,
          { exitCode: 3 },
        );
      }
      const [file, folder] = [join(work, `${index}.tar.gz`), join(work, String(index))];
      const bar = progressBar(context, `${release.crate} ${release.version}`, archive.size);
      try {
        await downloadArchive(instance, archive, file, {
          signal: context.signal,
          onBytes: (bytes) => bar.update(bytes),
        });
      } finally {
        bar.end();
      }
      await mkdir(folder);
      const programs = await unpackPrograms(archive, file, folder);
      const wanted = await tooOld(folder, programs, glibc);
      if (wanted !== undefined) {
        context.stderr.write(`${archive.target} needs glibc 2.${wanted}; this system has ${glibc}.\n`);
        continue;
      }
      context.signal.throwIfAborted();
      await placePrograms(folder, programs, binDir);
      return { archive, programs };
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  throw notBuilt(release, targets);
}
