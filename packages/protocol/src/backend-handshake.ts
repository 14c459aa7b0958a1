import type { Fingerprint } from '@buildsrs/common';
import { SentenceError } from '@buildsrs/common';
import { makeChallenge } from './challenge.ts';
import type { Clock } from './clock.ts';
import { ProtocolViolation } from './close-codes.ts';
import { AUTH_NAMESPACE } from './limits.ts';
import type { BackendMessage, BuilderMessage, Capabilities } from './messages.ts';
import { fingerprintOf, parsePublicKey, verifySshsig, type PublicKey } from './ssh/index.ts';

/** Who holds the key, proven. Whether the key may build is not the handshake's matter. */
export interface ProvenBuilder {
  readonly key: PublicKey;
  readonly fingerprint: Fingerprint;
  readonly capabilities: Capabilities;
  readonly software: string;
}

type MessageOf<Type extends BuilderMessage['type']> = Extract<BuilderMessage, { type: Type }>;

/** The backend's side of the handshake of one connection: `hello` gives a challenge, `proof` a proven builder, once. */
export class BackendHandshake {
  readonly #serverId: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #pending: { builder: ProvenBuilder; challenge: Buffer; expiresAtMs: number } | undefined;

  constructor(serverId: string, timeoutMs: number, clock: Clock) {
    this.#serverId = serverId;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** @throws {ProtocolViolation} `bad-key` */
  hello(message: MessageOf<'hello'>): Extract<BackendMessage, { type: 'challenge' }> {
    let key: PublicKey;
    try {
      key = parsePublicKey(message.publicKey);
    } catch (error) {
      if (SentenceError.is(error)) throw new ProtocolViolation('bad-key');
      throw error;
    }
    const { fingerprint, capabilities, software } = message;
    if (fingerprintOf(key) !== fingerprint) throw new ProtocolViolation('bad-key');
    const challenge = makeChallenge({
      serverId: this.#serverId,
      expiresAtUnixMs: this.#clock.unixMs() + this.#timeoutMs,
    });
    this.#pending = {
      builder: { key, fingerprint, capabilities, software },
      challenge,
      expiresAtMs: this.#clock.monotonicMs() + this.#timeoutMs,
    };
    return { type: 'challenge', challenge: challenge.toString('base64'), expiresInMs: this.#timeoutMs };
  }

  /** The challenge is used up, whatever comes of it. @throws {ProtocolViolation} `challenge-expired`, `authentication-failed` */
  proof(message: MessageOf<'proof'>): ProvenBuilder {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) throw new ProtocolViolation('unexpected-frame', 'proof');
    if (this.#clock.monotonicMs() > pending.expiresAtMs) throw new ProtocolViolation('challenge-expired');
    const verdict = verifySshsig(message.signature, {
      key: pending.builder.key,
      namespace: AUTH_NAMESPACE,
      message: pending.challenge,
    });
    if (!verdict.valid) throw new ProtocolViolation('authentication-failed');
    return pending.builder;
  }
}
