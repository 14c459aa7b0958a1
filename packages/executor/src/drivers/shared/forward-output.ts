import type { Readable } from 'node:stream';
import type { CommandWatch } from '../../command-watch.ts';
import type { StageCommand } from '../../driver.ts';

/**
 * Reads a command's output to its end and hands it on one chunk at a time, whichever stream it came from. Reads no
 * faster than it can hand on. A reader that throws ends it with its error; the caller kills.
 */
export async function forwardOutput(
  streams: { readonly stdout: Readable; readonly stderr: Readable },
  command: Pick<StageCommand, 'onOutput'>,
  watch: CommandWatch,
): Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const forward = async (stream: Readable, name: 'stdout' | 'stderr'): Promise<void> => {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      last = last.then(async () => watch.handOver(async () => command.onOutput(chunk, name)));
      await last;
    }
  };
  await Promise.all([forward(streams.stdout, 'stdout'), forward(streams.stderr, 'stderr')]);
}
