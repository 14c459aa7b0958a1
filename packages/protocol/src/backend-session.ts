import type { BuildId } from '@buildsrs/common';
import type { BackendHooks, BackendSessionOptions, ConnectedBuilder } from './backend-hooks.ts';
import type { Channel } from './channel.ts';
import { systemClock, type Clock } from './clock.ts';
import type { CloseWord } from './close-codes.ts';

/** The backend's side of one connection. */
export class BackendSession {
  constructor(
    _channel: Channel,
    _options: BackendSessionOptions,
    _hooks: BackendHooks,
    _clock: Clock = systemClock,
  ) {
    throw new Error('not yet');
  }

  /** Who is on the other side; `undefined` until it proved its key. */
  get builder(): ConnectedBuilder | undefined {
    return undefined;
  }

  /** There may be work: claims as many jobs as the builder has room for. Call it at every NOTIFY and from a slow poll. */
  wake(): void {}

  /** Tells the builder to stop a build; it answers with `failed` or nothing. */
  cancel(_build: BuildId, _reason: string): void {}

  /** This backend will stop: no more offers; the builder is told so that it can connect elsewhere. */
  drain(): void {}

  /** Closes with a code of the table: `replaced`, `revoked`, `shutting-down`… */
  close(_word: CloseWord): void {}

  /** Resolves when the connection has ended and every hook has returned. */
  readonly ended: Promise<void> = Promise.resolve();
}
