import { wholeNumber, SentenceError, type Settings } from '@buildsrs/common';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { table } from '../terminal/table.ts';

const settings = {
  ...instanceSettings,
  limit: {
    schema: wholeNumber({ min: 1, max: 100, default: 20 }),
    value: 'N',
    help: 'How many at most. Default: 20.',
  },
} as const satisfies Settings;

/** `builds search WORDS` */
export const searchCommand = defineCommand({
  name: 'search',
  usage: {
    name: 'builds search',
    summary: 'Find crates by name and description.',
    settings,
    positionals: 'WORD…',
    examples: ['builds search grep', 'builds search hex viewer --json'],
  },
  run: async (values, positionals, context) => {
    const query = positionals.join(' ');
    if (query === '')
      throw new SentenceError('bad-usage', 'Search for what? builds search WORD', { exitCode: 2 });
    await using instance = await openInstance(values, context);
    const page = await instance.client.searchCrates(
      { query, limit: values.limit },
      { signal: context.signal },
    );
    if (values.json) {
      context.stdout.write(`${JSON.stringify(page)}\n`);
      return 0;
    }
    if (page.items.length === 0) {
      context.stderr.write(`Nothing is known here by "${query}".\n`);
      return 1;
    }
    context.stdout.write(
      table(
        page.items.map((crate) => [
          crate.name,
          crate.latest ?? 'yanked',
          crate.targets.length === 0 ? 'not built' : `${crate.targets.length} built`,
          crate.description ?? '',
        ]),
      ),
    );
    return 0;
  },
});
