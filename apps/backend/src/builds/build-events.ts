import type { BuildEvent, BuildId } from '@buildsrs/common';
import type { Context } from '../context.ts';
import { readLogBytes } from './read-log.ts';

/**
 * What happens in a build, from its first stage and from a place in its log: every stage so far, then log and stages as
 * they come, and at last the outcome.
 */
export async function* buildEvents(
  context: Pick<Context, 'db' | 'store' | 'pieces' | 'watches'>,
  build: BuildId,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<BuildEvent, void, undefined> {
  let offset = start;
  let stagesTold = 0;
  for await (const state of context.watches.states(build, signal)) {
    for (const { stage, startedAt } of state.stages.slice(stagesTold)) {
      yield { type: 'stage', stage, startedAt };
    }
    stagesTold = state.stages.length;
    for await (const bytes of readLogBytes(context, state, offset, state.logBytes)) {
      yield { type: 'log', offset, data: Buffer.from(bytes).toString('base64') };
      offset += bytes.byteLength;
    }
    if (state.outcome !== null) {
      yield { type: 'end', outcome: state.outcome };
      return;
    }
  }
}
