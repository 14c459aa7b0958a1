import { flagSwitch, optionalText, SentenceError, TargetSchema, type Settings } from '@buildsrs/common';
import * as v from 'valibot';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { paintFor } from '../terminal/paint.ts';
import { wantedCrate } from '../wanted-crate.ts';
import { chooseBinDir } from './bin-dir.ts';
import { findRelease } from './find-release.ts';
import { fittingTargets, readHost } from './host.ts';
import { installRelease } from './install-release.ts';
import { notBuilt } from './not-built.ts';

const settings = {
  ...instanceSettings,
  target: {
    schema: v.optional(TargetSchema),
    value: 'TRIPLE',
    help: 'The build for this target. Default: the one that fits this machine.',
  },
  root: {
    schema: optionalText,
    value: 'DIR',
    help: 'Install into DIR/bin. Default: ~/.cargo/bin when it is on the PATH, else ~/.local/bin.',
  },
  dryRun: { schema: flagSwitch, help: 'Say what would be installed, and install nothing.' },
} as const satisfies Settings;

/** `builds install CRATE…` */
export const installCommand = defineCommand({
  name: 'install',
  usage: {
    name: 'builds install',
    summary: 'Install programs that are built already, after their sha256 was checked.',
    settings,
    positionals: 'CRATE[@VERSION]…',
    examples: [
      'builds install ripgrep',
      'builds install ripgrep@14.1.1 hexyl --root ~/tools',
      'builds install ripgrep --target x86_64-unknown-linux-musl --dry-run',
    ],
  },
  run: async (values, positionals, context) => {
    const wanted = positionals.map(wantedCrate);
    if (wanted.length === 0) {
      throw new SentenceError('bad-usage', 'Which crate shall be installed? builds install CRATE', {
        exitCode: 2,
      });
    }
    const host = context.host ?? readHost();
    const targets = values.target === undefined ? fittingTargets(host) : [values.target];
    const binDir = await chooseBinDir(values.root, context);
    await using instance = await openInstance(values, context);
    const paint = paintFor(context.stdout, context.environment);
    for (const one of wanted) {
      const release = await findRelease(instance.client, one, context.signal);
      if (release.note !== undefined) context.stderr.write(`note: ${release.note}\n`);
      const planned = targets.find((target) => release.archives.some((archive) => archive.target === target));
      if (planned === undefined) throw notBuilt(release, targets);
      const what = { crate: release.crate, version: release.version, binDir: binDir.path };
      if (values.dryRun) {
        context.stdout.write(
          values.json
            ? `${JSON.stringify({ ...what, target: planned, installed: false })}\n`
            : `Would install ${release.crate} ${release.version} (${planned}) into ${binDir.path}.\n`,
        );
        continue;
      }
      const { archive, programs } = await installRelease(
        instance,
        {
          release,
          targets,
          glibc: values.target === undefined ? host.glibc : undefined,
          binDir: binDir.path,
        },
        context,
      );
      const { target, sha256 } = archive;
      context.stdout.write(
        values.json
          ? `${JSON.stringify({ ...what, target, sha256, programs, installed: true })}\n`
          : `${paint('green', 'Installed')} ${paint('bold', `${release.crate} ${release.version}`)} (${target}) into ${binDir.path}: ${programs.join(' ')}\n` +
              `${paint('dim', `The sha256 of the archive is the published one: ${sha256}`)}\n`,
      );
    }
    if (!values.dryRun && !binDir.onPath) {
      context.stderr.write(`This folder is not on your PATH yet: export PATH="${binDir.path}:$PATH"\n`);
    }
    return 0;
  },
});
