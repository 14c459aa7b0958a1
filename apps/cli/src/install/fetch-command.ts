import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { optionalText, SentenceError, TargetSchema, type Settings } from '@buildsrs/common';
import * as v from 'valibot';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { wantedCrate } from '../wanted-crate.ts';
import { downloadArchive } from './download-archive.ts';
import { findRelease } from './find-release.ts';
import { fittingTargets, readHost } from './host.ts';
import { notBuilt } from './not-built.ts';

const settings = {
  ...instanceSettings,
  target: {
    schema: v.optional(TargetSchema),
    value: 'TRIPLE',
    help: 'The build for this target. Default: the one that fits this machine.',
  },
  output: { schema: optionalText, value: 'DIR', help: 'Where archives go. Default: this folder.' },
} as const satisfies Settings;

/** `builds fetch CRATE…` */
export const fetchCommand = defineCommand({
  name: 'fetch',
  usage: {
    name: 'builds fetch',
    summary: 'Download archives of programs, check their sha256, and install nothing.',
    settings,
    positionals: 'CRATE[@VERSION]…',
    examples: [
      'builds fetch ripgrep',
      'builds fetch hexyl --target x86_64-pc-windows-gnu --output downloads',
    ],
  },
  run: async (values, positionals, context) => {
    const wanted = positionals.map(wantedCrate);
    if (wanted.length === 0) {
      throw new SentenceError('bad-usage', 'Which crate shall be fetched? builds fetch CRATE', {
        exitCode: 2,
      });
    }
    const targets =
      values.target === undefined ? fittingTargets(context.host ?? readHost()) : [values.target];
    const folder = resolve(context.cwd, values.output ?? '.');
    await using instance = await openInstance(values, context);
    for (const one of wanted) {
      const release = await findRelease(instance.client, one, context.signal);
      if (release.note !== undefined) context.stderr.write(`note: ${release.note}\n`);
      const archive = targets
        .map((target) => release.archives.find((candidate) => candidate.target === target))
        .find((candidate) => candidate !== undefined);
      if (archive === undefined) throw notBuilt(release, targets);
      const path = join(folder, archive.name);
      const part = `${path}.${process.pid}.part`;
      const bar = progressBar(context, archive.name, archive.size);
      try {
        await downloadArchive(instance, archive, part, {
          signal: context.signal,
          onBytes: (bytes) => bar.update(bytes),
        });
        await rename(part, path);
      } finally {
        bar.end();
        await rm(part, { force: true });
      }
      const { crate, version, target, sha256, size } = archive;
      context.stdout.write(
        values.json
          ? `${JSON.stringify({ crate, version, target, sha256, size, path })}\n`
          : `${sha256}  ${path}\n`,
      );
    }
    return 0;
  },
});
