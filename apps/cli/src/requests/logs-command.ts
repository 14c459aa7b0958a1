import {
  BuildIdSchema,
  flagSwitch,
  SentenceError,
  TargetSchema,
  type BuildId,
  type Settings,
} from '@buildsrs/common';
import type { ApiClient } from '@buildsrs/client';
import * as v from 'valibot';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { wantedCrate } from '../wanted-crate.ts';
import { followLog, inertLog } from './follow-log.ts';

const settings = {
  ...instanceSettings,
  target: {
    schema: v.optional(TargetSchema),
    value: 'TRIPLE',
    help: 'Of a crate: the build for this target.',
  },
  follow: { schema: flagSwitch, help: 'Go on until the build ends. Also -f.' },
} as const satisfies Settings;

/** The build that is named, or the newest of a crate. */
async function buildOf(
  client: ApiClient,
  text: string,
  target: v.InferOutput<typeof TargetSchema> | undefined,
  signal: AbortSignal,
): Promise<BuildId> {
  const named = v.safeParse(BuildIdSchema, text);
  if (named.success) return named.output;
  const { name, version } = wantedCrate(text);
  const page = await client.listBuilds(
    {
      crate: name,
      kind: 'binary',
      limit: 1,
      ...(version === undefined ? {} : { version }),
      ...(target === undefined ? {} : { target }),
    },
    { signal },
  );
  const [build] = page.items;
  if (build === undefined) {
    throw new SentenceError(
      'no-build',
      `${text} was not built yet, so there is no log. \`builds request ${name}\` asks for it.`,
    );
  }
  return build.id;
}

/** `builds logs BUILD|CRATE[@VERSION]` */
export const logsCommand = defineCommand({
  name: 'logs',
  aliases: { '-f': '--follow' },
  usage: {
    name: 'builds logs',
    summary: 'The log of a build, or of the newest build of a crate.',
    settings,
    positionals: 'BUILD|CRATE[@VERSION]',
    examples: ['builds logs ripgrep', 'builds logs -f ripgrep --target x86_64-unknown-linux-musl'],
  },
  run: async (values, positionals, context) => {
    const [text] = positionals;
    if (text === undefined || positionals.length > 1) {
      throw new SentenceError('bad-usage', 'builds logs takes a build or a crate.', { exitCode: 2 });
    }
    await using instance = await openInstance(values, context);
    const { client } = instance;
    const id = await buildOf(client, text, values.target, context.signal);
    if (values.follow) {
      const outcome = await followLog(client, id, values.json ? context.stderr : context.stdout, context);
      if (values.json) context.stdout.write(`${JSON.stringify({ build: id, outcome: outcome ?? null })}\n`);
      return outcome === undefined || outcome === 'succeeded' ? 0 : 1;
    }
    const log = await client.readLog(id, {}, { signal: context.signal });
    const whole = new TextDecoder().decode(log.bytes);
    context.stdout.write(values.json ? `${JSON.stringify({ build: id, log: whole })}\n` : inertLog(whole));
    return 0;
  },
});
