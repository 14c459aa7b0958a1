import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { table } from '../terminal/table.ts';

/** `builds targets` */
export const targetsCommand = defineCommand({
  name: 'targets',
  usage: {
    name: 'builds targets',
    summary: 'What the instance builds for.',
    settings: instanceSettings,
    positionals: '',
    examples: ['builds targets', 'builds targets --json'],
  },
  run: async (values, _positionals, context) => {
    await using instance = await openInstance(values, context);
    const page = await instance.client.listTargets({ signal: context.signal });
    context.stdout.write(
      values.json
        ? `${JSON.stringify(page)}\n`
        : table([
            ['target', 'unasked', 'builders', 'built'],
            ...page.items.map((one) => [
              one.name,
              one.enabled ? 'yes' : 'no',
              String(one.builders),
              String(one.built),
            ]),
          ]),
    );
    return 0;
  },
});
