import { setImmediate } from 'node:timers/promises';
import type { BackendHooks, BackendSessionOptions } from '../backend-hooks.ts';
import { BackendSession } from '../backend-session.ts';
import { closeWordOf } from '../close-codes.ts';
import { AUTH_NAMESPACE } from '../limits.ts';
import type { BackendMessage } from '../messages.ts';
import {
  fingerprintOf,
  formatPublicKey,
  generateBuilderKey,
  signSshsig,
  type BuilderKey,
} from '../ssh/index.ts';
import { channelPair } from './channel-pair.ts';
import { FakeClock } from './fake-clock.ts';

/** Lets everything that waits for nothing but other promises run to its end. */
export async function settle(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** A builder that sends what the test says, right or wrong, to a real `BackendSession`. */
export class RawBuilder {
  readonly key: BuilderKey;
  readonly clock: FakeClock;
  readonly session: BackendSession;
  readonly heard: BackendMessage[] = [];
  readonly #pair = channelPair();

  constructor(
    hooks: BackendHooks,
    options: Partial<BackendSessionOptions> & { key?: BuilderKey; clock?: FakeClock } = {},
  ) {
    const { key, clock, ...rest } = options;
    this.key = key ?? generateBuilderKey();
    this.clock = clock ?? new FakeClock();
    this.session = new BackendSession(
      this.#pair.backend,
      { serverId: 'https://builds.test', heartbeatIntervalMs: 15_000, leaseMs: 60_000, ...rest },
      hooks,
      this.clock,
    );
    this.#pair.builder.onMessage((text) => this.heard.push(JSON.parse(text as string) as BackendMessage));
  }

  /** Why the backend closed; `undefined` while it has not. */
  get closed(): string | undefined {
    const end = this.#pair.builder.end;
    return end === undefined ? undefined : (closeWordOf(end.code) ?? String(end.code));
  }

  get closeReason(): string | undefined {
    return this.#pair.builder.end?.reason;
  }

  /** The messages of a type heard so far. */
  all<Type extends BackendMessage['type']>(type: Type): Extract<BackendMessage, { type: Type }>[] {
    return this.heard.filter(
      (message): message is Extract<BackendMessage, { type: Type }> => message.type === type,
    );
  }

  async send(...messages: readonly (object | string | Uint8Array)[]): Promise<this> {
    for (const message of messages) {
      const raw = typeof message === 'string' || message instanceof Uint8Array;
      this.#pair.builder.sendRaw(raw ? message : JSON.stringify(message));
    }
    await settle();
    return this;
  }

  hello(changes: object = {}): object {
    return {
      type: 'hello',
      protocol: 1,
      fingerprint: fingerprintOf(this.key.publicKey),
      publicKey: formatPublicKey(this.key.publicKey),
      capabilities: {
        targets: ['x86_64-unknown-linux-gnu'],
        kinds: ['metadata', 'binary'],
        executor: 'process',
        isolation: 'none',
        slots: 4,
      },
      software: 'raw-builder 0',
      ...changes,
    };
  }

  /** The answer to the last challenge heard. */
  proof(key = this.key, namespace = AUTH_NAMESPACE): object {
    const { challenge } = this.all('challenge').at(-1) as { challenge: string };
    return { type: 'proof', signature: signSshsig(key, namespace, Buffer.from(challenge, 'base64')) };
  }

  /** Goes through the whole handshake. */
  async greet(): Promise<this> {
    await this.send(this.hello());
    return this.send(this.proof());
  }

  /** Breaks the connection, as a network does. */
  async drop(): Promise<void> {
    this.#pair.builder.close(1006, '');
    await settle();
  }
}
