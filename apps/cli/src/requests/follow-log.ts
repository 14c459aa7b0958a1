import type { BuildId, BuildOutcome } from '@buildsrs/common';
import type { ApiClient } from '@buildsrs/client';
import type { CommandContext } from '../command.ts';
import { inertText, paintFor } from '../terminal/paint.ts';

/** Prints stages and log of a build as they come, to its end; gives how it ended. */
export async function followLog(
  client: ApiClient,
  build: BuildId,
  out: CommandContext['stdout'],
  context: CommandContext,
): Promise<BuildOutcome | undefined> {
  const paint = paintFor(out, context.environment);
  const decoder = new TextDecoder();
  for await (const event of client.followBuild(build, { signal: context.signal })) {
    if (event.type === 'stage') out.write(`${paint('cyan', `── ${event.stage}`)}\n`);
    else if (event.type === 'log') out.write(inertLog(decoder.decode(event.bytes, { stream: true })));
    else return event.outcome;
  }
  return undefined;
}

/** A log is what a stranger's program printed: colours may stay, all else that moves a terminal may not. */
export function inertLog(text: string): string {
  return text
    .split(/(\u001b\[[0-9;]*m)/)
    .map((part, index) => (index % 2 === 1 ? part : inertText(part.replaceAll('\r', ''))))
    .join('');
}
