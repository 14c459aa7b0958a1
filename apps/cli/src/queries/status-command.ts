import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { table } from '../terminal/table.ts';
import { onlyCrate } from '../wanted-crate.ts';

/** `builds status [CRATE[@VERSION]]` */
export const statusCommand = defineCommand({
  name: 'status',
  usage: {
    name: 'builds status',
    summary: 'How the queue stands, or how the builds of a crate do.',
    settings: instanceSettings,
    positionals: '[CRATE[@VERSION]]',
    examples: ['builds status', 'builds status ripgrep'],
  },
  run: async (values, positionals, context) => {
    const call = { signal: context.signal };
    const wanted = positionals.length === 0 ? undefined : onlyCrate('status', positionals);
    await using instance = await openInstance(values, context);
    if (wanted === undefined) {
      const queue = await instance.client.getQueue(call);
      const { oldestPendingAt, ...counts } = queue;
      context.stdout.write(
        values.json
          ? `${JSON.stringify(queue)}\n`
          : table([
              ...Object.entries(counts).map(([status, count]) => [status, String(count)]),
              ...(oldestPendingAt === null ? [] : [['oldest', oldestPendingAt]]),
            ]),
      );
      return 0;
    }
    const page = await instance.client.listTasks(
      {
        crate: wanted.name,
        limit: 100,
        ...(wanted.version === undefined ? {} : { version: wanted.version }),
      },
      call,
    );
    if (values.json) context.stdout.write(`${JSON.stringify(page)}\n`);
    else if (page.items.length === 0) context.stderr.write(`Nothing was ever asked for of ${wanted.name}.\n`);
    else {
      context.stdout.write(
        table(
          page.items.map((task) => [
            String(task.id),
            `${task.crate} ${task.version}`,
            task.kind,
            task.target,
            task.status,
            task.failure?.kind ?? '',
          ]),
        ),
      );
    }
    return 0;
  },
});
