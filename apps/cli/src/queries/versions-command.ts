import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { table } from '../terminal/table.ts';
import { onlyCrate } from '../wanted-crate.ts';

/** `builds versions CRATE` */
export const versionsCommand = defineCommand({
  name: 'versions',
  usage: {
    name: 'builds versions',
    summary: 'The versions of a crate, newest first, and what each is built for.',
    settings: instanceSettings,
    positionals: 'CRATE',
    examples: ['builds versions ripgrep'],
  },
  run: async (values, positionals, context) => {
    const { name } = onlyCrate('versions', positionals);
    await using instance = await openInstance(values, context);
    const crate = await instance.client.getCrate(name, { signal: context.signal });
    context.stdout.write(
      values.json
        ? `${JSON.stringify(crate)}\n`
        : table(
            crate.versions.map((one) => [
              one.version,
              one.yanked ? 'yanked' : (one.status ?? 'not asked for'),
              one.targets.join(' '),
            ]),
          ),
    );
    return 0;
  },
});
