import { parseVersion } from '@buildsrs/common';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { inertText, paintFor } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { onlyCrate } from '../wanted-crate.ts';

/** `builds info CRATE[@VERSION]` */
export const infoCommand = defineCommand({
  name: 'info',
  usage: {
    name: 'builds info',
    summary: 'What is known of a crate: its programs, its files, what is still to be built.',
    settings: instanceSettings,
    positionals: 'CRATE[@VERSION]',
    examples: ['builds info ripgrep', 'builds info ripgrep@14.1.1 --json'],
  },
  run: async (values, positionals, context) => {
    const wanted = onlyCrate('info', positionals);
    await using instance = await openInstance(values, context);
    const { signal } = context;
    const crate = await instance.client.getCrate(wanted.name, { signal });
    const version = wanted.version ?? crate.latest ?? parseVersion(crate.versions[0]?.version ?? '0.0.0');
    const detail = await instance.client.getVersion(wanted.name, version, { signal });
    if (values.json) {
      context.stdout.write(`${JSON.stringify(detail)}\n`);
      return 0;
    }
    const paint = paintFor(context.stdout, context.environment);
    const programs = detail.facts?.binaries.filter((one) => one.default).map((one) => one.name);
    const out = [
      `${paint('bold', `${detail.crate} ${detail.version}`)}${detail.yanked ? paint('red', ' yanked') : ''}\n`,
      crate.description === null ? '' : `${inertText(crate.description).replaceAll(/\s+/g, ' ')}\n`,
      '\n',
      table([
        ['programs', programs === undefined ? 'not known yet' : programs.join(' ') || 'none'],
        ['.crate', `sha256 ${detail.checksum}`],
        ['page', `${instance.server}/crates/${detail.crate}/${encodeURIComponent(detail.version)}`],
      ]),
    ];
    if (detail.artifacts.length > 0) {
      out.push(
        '\n',
        table(detail.artifacts.map((one) => [one.target, formatBytes(one.size), one.sha256, one.url])),
      );
    }
    const waiting = detail.tasks.filter((task) => task.kind === 'binary' && task.publishedBuild === null);
    if (waiting.length > 0) {
      out.push(
        '\n',
        table(waiting.map((task) => [task.target, task.status, `task ${task.id}`, task.failure?.kind ?? ''])),
      );
    }
    context.stdout.write(out.join(''));
    return 0;
  },
});
