import type { BuildId } from '@buildsrs/common';
import type { Context } from '../context.ts';
import { readLogBytes } from './read-log.ts';

/** A log from `start` until the build has ended, in the pace of its reader. */
export async function* followLog(
  context: Pick<Context, 'db' | 'store' | 'pieces' | 'watches'>,
  build: BuildId,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = start;
  for await (const state of context.watches.states(build, signal)) {
    for await (const bytes of readLogBytes(context, state, offset, state.logBytes)) {
      offset += bytes.byteLength;
      yield bytes;
    }
    if (state.outcome !== null) return;
  }
}
